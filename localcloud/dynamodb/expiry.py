"""Items whose time to live is over: AWS deletes them within days, the local cloud within a minute.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
"""

import threading
import time
from typing import Any

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import Table

SECONDS = 60  # between two looks at all tables
FIVE_YEARS = 5 * 365 * 24 * 3600  # what expired earlier is taken for a mistake, and stays


def start() -> None:
    """Delete them from now on."""

    def run() -> None:
        while True:
            time.sleep(SECONDS)
            delete_expired()

    threading.Thread(target=run, daemon=True).start()


def delete_expired() -> None:
    """Delete them now, in every table that has a time to live."""
    now = time.time()
    for backend in [one for regions in dynamodb_backends.values() for one in regions.values()]:
        for table in list(backend.tables.values()):
            if table.ttl["TimeToLiveStatus"] == "ENABLED":
                _delete_expired(table, now)


def _delete_expired(table: Table, now: float) -> None:
    # Requests change the table meanwhile, so the lists are copies.
    under_key: list[Any] = [*table.items.values()]
    found = [[*under.values()] for under in under_key] if table.range_key_attr else [under_key]
    items: list[Item] = [item for some in found for item in some]
    for item in items:
        moment = item.attrs.get(table.ttl["AttributeName"])
        if moment and moment.type == "N" and now - FIVE_YEARS < float(moment.value) < now:
            table.delete_item(item.hash_key, item.range_key)
