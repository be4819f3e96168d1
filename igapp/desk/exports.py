"""Everything about one customer, to be handed to them (GDPR articles 15 and 20): data first, then files."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from igapp import db
from igapp.desk import audit, contacts, topics
from igapp.models import Attachment, Conversation, Customer, Identity, Item, MediaState, User

ITEMS_AT_ONCE = 500
"""Items of a timeline that are read at once."""


def begin(customer: Customer, user: User, now: datetime) -> None:
    """Write down who takes a copy away."""
    audit.record(user, "customer.exported", str(customer.id), now)


def profile(customer: Customer) -> dict[str, Any]:
    """Return who the customer is, as we know it."""
    identities = db.session().scalars(sa.select(Identity).where(Identity.customer_id == customer.id))
    return {
        "number": customer.id,
        "name": customer.name,
        "username": customer.username,
        "username_known_since": _written(customer.username_at),
        "is_verified": customer.is_verified,
        "follower_count": customer.follower_count,
        "is_blocked": customer.is_blocked,
        "first_seen_at": _written(customer.created_at),
        "accounts": [_identity(one) for one in identities],
        "contact_details": [{"kind": one.kind, "value": one.value} for one in contacts.points_of(customer)],
        "customer_details": [{"label": one.label, "value": one.value} for one in contacts.details_of(customer)],
        "conversations": _conversations(customer),
    }


def items(customer: Customer) -> Iterator[dict[str, Any]]:
    """Return the whole timeline, oldest first, read in batches."""
    edge: tuple[datetime, int] | None = None
    while True:
        found = db.session().scalars(_page(customer, edge)).unique().all()
        yield from (_item(one) for one in found)
        if len(found) < ITEMS_AT_ONCE:
            return
        edge = (found[-1].at, found[-1].id)


def files(customer: Customer) -> Iterator[tuple[str, str]]:
    """Return the names and storage keys of the files that we keep."""
    rows = db.session().execute(
        sa.select(Attachment.id, Attachment.content_type, Attachment.storage_key)
        .join(Item, Item.id == Attachment.item_id)
        .where(Item.customer_id == customer.id, Attachment.state == MediaState.READY)
        .order_by(Attachment.id)
    )
    for number, content_type, key in rows.all():
        if key is not None:
            yield file_name(number, content_type), key


def file_name(number: int, content_type: str | None) -> str:
    """Return an attachment's name in the export; never one that came from outside."""
    kind = (content_type or "").partition("/")[2].partition(";")[0]
    return f"media/{number}.{kind if kind.isalnum() else 'bin'}"


def _page(customer: Customer, edge: tuple[datetime, int] | None) -> sa.Select[Item]:
    wanted = sa.select(Item).where(Item.customer_id == customer.id).order_by(Item.at, Item.id).limit(ITEMS_AT_ONCE)
    if edge is not None:
        last = sa.tuple_(sa.literal(edge[0], Item.at.type), sa.literal(edge[1], Item.id.type))
        wanted = wanted.where(sa.tuple_(Item.at, Item.id) > last)
    return wanted.options(joinedload(Item.author), joinedload(Item.account), selectinload(Item.attachments))


def _item(item: Item) -> dict[str, Any]:
    told = {
        "at": _written(item.at),
        "kind": item.kind,
        "from": "customer" if item.is_inbound else item.author.name if item.author else "company",
        "account": item.account.username if item.account else None,
        "text": item.text,
        "earlier_texts": item.edits,
        "reaction": item.reaction,
        "liked_at": _written(item.liked_at),
        "deleted_at": _written(item.deleted_at),
        "files": [file_name(one.id, one.content_type) for one in item.attachments if one.state == MediaState.READY],
        "links": [one.url for one in item.attachments if one.url],
    }
    return {name: value for name, value in told.items() if value not in (None, [])}


def _conversations(customer: Customer) -> list[dict[str, Any]]:
    found = db.session().scalars(
        sa.select(Conversation).where(Conversation.customer_id == customer.id).order_by(Conversation.opened_at)
    )
    rows = found.all()
    named = topics.of([one.id for one in rows])
    return [
        {
            "opened_at": _written(one.opened_at),
            "closed_at": _written(one.closed_at),
            "inbox": one.inbox.name,
            "topics": [topic.path for topic in named.get(one.id, [])],
        }
        for one in rows
    ]


def _identity(identity: Identity) -> dict[str, Any]:
    return {
        "account": identity.account.username,
        "instagram_scoped_id": identity.igsid,
        "follows_us": identity.follows_us,
        "we_follow": identity.we_follow,
    }


def _written(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
