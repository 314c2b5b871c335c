"""Each mend is in place, and none outlives what it mends. What the mends do is shown beside what they mend."""

import inspect

import pytest
from moto.sns.models import Topic

from localcloud import mends

MENDS = {name for name, item in vars(mends).items() if inspect.isfunction(item) and item.__module__ == mends.__name__}
MENDS -= {"apply", "replace"}


def test_every_mend_is_applied() -> None:
    assert set(mends.apply.__code__.co_names) >= MENDS


@pytest.mark.parametrize("name", sorted(MENDS))
def test_every_mend_links_to_what_shows_its_reason(name: str) -> None:
    assert "https://" in (inspect.getdoc(getattr(mends, name)) or "")


def test_a_mend_for_what_moto_no_longer_has_fails_by_name() -> None:
    with pytest.raises(AttributeError, match=r"there is no Topic\.gone to mend"):
        mends.replace(Topic, "gone", None)
