"""The queue: what waits for an agent in which inbox, in the order of work (SPEC 5.3).

Each inbox's queue is one range of one index, so its length does not matter.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from igapp import db
from igapp.models import Conversation, Inbox, InboxMember, Status

TRIES = 5
"""How often someone who pressed Next waits for what another worker has in hand."""


def in_order(table: type[Conversation] = Conversation) -> tuple[sa.ColumnElement[Any], ...]:
    """Return the order of work: due time first, then arrival."""
    return table.sort_due_at.expression, table.arrived_at.expression, table.id.expression


def is_waiting(table: type[Conversation] = Conversation) -> sa.ColumnElement[bool]:
    """Return the condition under which a conversation waits for an agent and is offered to nobody."""
    return sa.and_(table.status == db.written(table.status, Status.NEW), table.offered_to_id.is_(None))


def first(inbox_ids: Sequence[int], user_id: int | None = None) -> Conversation | None:
    """Lock the first of several inboxes' queues; what another worker has in hand is passed over.

    What is kept for another agent than `user_id`, until routing has looked for them, is not in the queue.
    """
    for inbox_id in inbox_ids if len(inbox_ids) == 1 else _by_first(inbox_ids, user_id):
        found = db.session().scalar(skipping_locked(_queue(inbox_id, user_id)))
        if found is not None:
            return found
    return None


def first_some(inbox_ids: Sequence[int], most: int) -> Sequence[Conversation]:
    """Lock the first ones of an inbox's queue; of several queues only the first of all, whose order is one."""
    if len(inbox_ids) == 1:
        return db.session().scalars(skipping_locked(_queue(inbox_ids[0], None).limit(most))).all()
    found = first(inbox_ids)
    return [found] if found is not None else []


def first_or_wait(inbox_ids: Sequence[int], user_id: int) -> Conversation | None:
    """Like first(), but what another worker has in hand is waited for: it may stay in the queue."""
    for _ in range(TRIES):
        found = first(inbox_ids, user_id)
        in_hand = [] if found is not None else _by_first(inbox_ids, user_id)
        if not in_hand:
            return found
        locked = _queue(in_hand[0], user_id).with_for_update(of=Conversation)
        found = db.session().scalar(locked.execution_options(populate_existing=True))
        if found is not None:
            return found
    return None


def first_kept() -> Conversation | None:
    """Lock the first conversation whose last agent comes first; mostly there is none, which is soon known."""
    kept = sa.and_(Conversation.kept_for_id.is_not(None), is_waiting())
    first_id = db.session().scalar(sa.select(Conversation.id).where(kept).order_by(*in_order()).limit(1))
    if first_id is None:
        return None
    return db.session().scalar(skipping_locked(sa.select(Conversation).where(Conversation.id == first_id, kept)))


def count(user_id: int) -> int:
    """Return how many customers wait in the agent's inboxes (the bubble)."""
    mine = sa.select(InboxMember.inbox_id).where(InboxMember.user_id == user_id)
    waiting = sa.select(sa.func.count()).select_from(Conversation)
    return db.session().scalar(waiting.where(is_waiting(), Conversation.inbox_id.in_(mine))) or 0


def skipping_locked(wanted: sa.Select[Conversation]) -> sa.Select[Conversation]:
    """Return the query with row locks that passes over what others have locked."""
    return wanted.with_for_update(of=Conversation, skip_locked=True).execution_options(populate_existing=True)


def _queue(inbox_id: int, user_id: int | None) -> sa.Select[Conversation]:
    wanted = sa.select(Conversation).where(Conversation.inbox_id == inbox_id, is_waiting(), _is_free_for(user_id))
    return wanted.order_by(*in_order()).limit(1)


def _by_first(inbox_ids: Sequence[int], user_id: int | None) -> Sequence[int]:
    """Return the inboxes in which something waits, by their first in the order of work."""
    ahead = aliased(Conversation)
    head = (
        sa.select(ahead.id)
        .where(ahead.inbox_id == Inbox.id, is_waiting(ahead), _is_free_for(user_id, ahead))
        .order_by(*in_order(ahead))
        .limit(1)
        .correlate(Inbox)
        .scalar_subquery()
    )
    heads = sa.select(head.label("id")).select_from(Inbox).where(Inbox.id.in_(inbox_ids)).subquery()
    wanted = sa.select(Conversation.inbox_id).join(heads, heads.c.id == Conversation.id).order_by(*in_order())
    return db.session().scalars(wanted).all()


def _is_free_for(user_id: int | None, table: type[Conversation] = Conversation) -> sa.ColumnElement[bool]:
    nobody = table.kept_for_id.is_(None)
    return nobody if user_id is None else sa.or_(nobody, table.kept_for_id == user_id)
