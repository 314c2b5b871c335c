"""Fixtures of the watchdog's tests."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.watched import Account


@pytest.fixture
def account(ledger: Any, deployed: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> Account:
    return Account(monkeypatch)


@pytest.fixture
def seen(account: Account) -> Account:
    """The account, once the watchdog has seen it."""
    account.run()
    return account
