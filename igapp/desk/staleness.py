"""The stale-send guard: a reply is refused once, with what is new, when the thread moved on meanwhile (S9)."""

from datetime import datetime

import sqlalchemy as sa

from igapp import db
from igapp.desk import timeline
from igapp.desk.refusal import Refused
from igapp.models import Conversation, Item, ItemKind, User


class MovedOn(Refused):
    """The thread has something newer than what the agent had before them; "Send anyway" sends."""


def refuse_if_moved_on(conversation: Conversation | None, user: User, seen: datetime | None) -> None:
    """Raise MovedOn, naming what is new, if something came after `seen` that `user` did not write."""
    if conversation is None or seen is None:
        return
    newer = (
        sa.select(Item)
        .where(
            Item.conversation_id == conversation.id,
            Item.at > seen,
            Item.deleted_at.is_(None),
            Item.kind.not_in((ItemKind.EVENT, ItemKind.NOTE)),
            sa.or_(Item.author_id.is_(None), Item.author_id != user.id),
        )
        .order_by(Item.at, Item.id)
        .limit(1)
    )
    item = db.session().scalar(newer)
    if item is not None:
        raise MovedOn(f"{_who(item)} meanwhile: “{timeline.preview(item)}”")


def _who(item: Item) -> str:
    if item.is_inbound:
        return f"{item.customer.display_name} wrote"
    return f"{item.author.name} answered" if item.author is not None else "Someone answered in the Instagram app"
