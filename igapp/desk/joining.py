"""Two open conversations of one person become one, when their profiles are merged (SPEC 4.5)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from igapp import db
from igapp.desk import auto_replies, capacity, conversations, sessions, settings, timeline
from igapp.models import Conversation, ConversationTopic, Item, MessagingSession, Offer, Send, Wait

BELONGS: Sequence[Any] = (Item, MessagingSession, Send, Offer, Wait)
"""What moves from one conversation to the other; nothing else may refer to it."""


def join(kept: Conversation, gone: Conversation, now: datetime) -> None:
    """Move sessions, history and topics from a locked conversation to another, and forget the first.

    The earliest due time follows from the sessions. The agent is the kept one's, else the other one's; one who
    has no room for the work that comes gives it to the queue.
    """
    agent_id, moving = kept.agent_id or gone.agent_id, list(gone.open_sessions)
    kept.last_reply_at = _latest(kept.last_reply_at, gone.last_reply_at)
    kept.last_item_at = _latest(kept.last_item_at, gone.last_item_at)
    kept.arrived_at = min(kept.arrived_at, gone.arrived_at)
    with conversations.changing(gone):
        gone.closed_at = now
    _take_over(kept, moving, agent_id, now)
    db.session().flush()
    for model in BELONGS:
        db.change(sa.update(model).where(model.conversation_id == gone.id).values(conversation_id=kept.id))
    _move_topics(kept, gone)
    auto_replies.join(kept, gone)
    db.change(sa.delete(Conversation).where(Conversation.id == gone.id))
    db.session().expunge(gone)
    if kept.agent_id is None:
        conversations.look_for_agent()


def _take_over(kept: Conversation, moving: Sequence[MessagingSession], agent_id: int | None, now: datetime) -> None:
    """Add the sessions; whoever holds no open session of `kept` yet needs a place for them."""
    is_work = bool(moving) or bool(kept.open_sessions)
    holds = kept.agent_id == agent_id and bool(kept.open_sessions)
    has_place = agent_id is None or not is_work or holds
    if agent_id is not None and not has_place:
        has_place = capacity.take(agent_id, below=settings.workflow().maximum_capacity)
    with conversations.changing(kept, is_place_taken=True):
        for session in moving:
            session.conversation = kept
        kept.agent_id = agent_id if has_place else None
        kept.last_agent_id = agent_id or kept.last_agent_id
        if kept.agent_id is None:
            sessions.stop_silence(kept)
        else:
            sessions.start_silence(kept, now)
        kept.knocked_at = now if moving and kept.agent_id else kept.knocked_at
    if not has_place:
        timeline.event(kept, "Returned to the queue because its agent has no room for it", now)


def _move_topics(kept: Conversation, gone: Conversation) -> None:
    mine = sa.select(ConversationTopic.topic_id).where(ConversationTopic.conversation_id == kept.id)
    theirs = sa.update(ConversationTopic).where(
        ConversationTopic.conversation_id == gone.id, ConversationTopic.topic_id.not_in(mine)
    )
    db.change(theirs.values(conversation_id=kept.id))
    db.change(sa.delete(ConversationTopic).where(ConversationTopic.conversation_id == gone.id))


def _latest(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((moment for moment in (one, other) if moment is not None), default=None)
