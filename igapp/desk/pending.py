"""What is already known of a message, and what came before its message: it takes effect when that comes (D6)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from igapp import db
from igapp.desk import changes, memory
from igapp.models import Identity, Item, PendingChange


def prefetch(messages: Iterable[tuple[int, str]]) -> None:
    """Look up at once which of many (account id, message id) are known, and what waits for them."""
    by_account: dict[int, set[str]] = {}
    for account_id, platform_id in messages:
        by_account.setdefault(account_id, set()).add(platform_id)
        memory.remember("item", (account_id, platform_id), None)
        memory.remember("waits for", (account_id, platform_id), False)
    for account_id, platform_ids in by_account.items():
        for item in db.session().scalars(_items(account_id, platform_ids)):
            memory.remember("item", (account_id, item.platform_id), item)
        for change in db.session().scalars(_changes(account_id, platform_ids)):
            memory.forget("waits for", (account_id, change.platform_id))


def known_item(account_id: int, platform_id: str | None) -> Item | None:
    """Return the item of a message or comment id, if it has come."""
    if platform_id is None:
        return None
    found: Item | None = memory.recall("item", (account_id, platform_id))
    if found is memory.MISSING:
        found = db.session().scalar(_items(account_id, {platform_id}))
    return found


def forget(account_id: int, platform_id: str | None) -> None:
    """What was known of a message id holds no more."""
    memory.forget("item", (account_id, platform_id))


def keep(identity: Identity, platform_id: str, kind: str, at: datetime, **details: Any) -> None:
    """Keep a change for a message that has not come yet."""
    account_id = identity.its_account_id
    db.session().add(PendingChange(account_id=account_id, platform_id=platform_id, kind=kind, at=at, details=details))
    memory.forget("waits for", (account_id, platform_id))


def apply_to(item: Item, account_id: int, now: datetime) -> None:
    """Apply what came before this item, in the order of the platform's times."""
    if item.platform_id is None:
        return
    memory.remember("item", (account_id, item.platform_id), item)
    if memory.recall("waits for", (account_id, item.platform_id)) is False:
        return
    for change in db.session().scalars(_changes(account_id, {item.platform_id})).all():
        changes.apply(change.kind, item, change.at, change.details, now)
        db.session().delete(change)


def _items(account_id: int, platform_ids: set[str]) -> sa.Select[Item]:
    return sa.select(Item).where(Item.account_id == account_id, Item.platform_id.in_(platform_ids))


def _changes(account_id: int, platform_ids: set[str]) -> sa.Select[PendingChange]:
    wanted = sa.select(PendingChange).where(
        PendingChange.account_id == account_id, PendingChange.platform_id.in_(platform_ids)
    )
    return wanted.order_by(PendingChange.at, PendingChange.id)
