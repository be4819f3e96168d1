"""What must hold at any moment, read from the tables with no help of the desk."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from igapp import db, utc
from igapp.desk import settings
from igapp.models import (
    Agent,
    Conversation,
    Customer,
    Identity,
    InboxMember,
    Item,
    MessagingSession,
    Offer,
    OfferState,
    Presence,
    Status,
    User,
)


def hold(platform_ids: set[str]) -> None:
    """Check everything that must hold between two transactions."""
    session = db.session()
    session.expire_all()
    conversations = session.scalars(sa.select(Conversation)).all()
    sessions = session.scalars(sa.select(MessagingSession)).all()
    pending = session.scalars(sa.select(Offer).where(Offer.state == OfferState.OFFERED)).all()
    _offers_are_single(conversations, pending)
    _statuses_follow(conversations, sessions)
    _loads_are_right(conversations, pending)
    _customers_are_whole(conversations)
    _nothing_is_lost(platform_ids)


def loads() -> dict[int, int]:
    """How many customers each agent has."""
    return {row.user_id: row.load for row in db.session().execute(sa.select(Agent.user_id, Agent.load))}


def nobody_waits_beside_a_free_agent(now: datetime) -> None:
    """After routing has given what it could, nothing waits while somebody eligible is free (SPEC 5.4)."""
    free = _free_agents(now)
    waiting = db.session().scalars(
        sa.select(Conversation).where(Conversation.status == Status.NEW, Conversation.offered_to_id.is_(None))
    )
    for conversation in waiting:
        members = set(
            db.session().scalars(sa.select(InboxMember.user_id).where(InboxMember.inbox_id == conversation.inbox_id))
        )
        assert not members & free, f"conversation {conversation.id} waits beside free agents {members & free}"
        assert conversation.kept_for_id is None


def _offers_are_single(conversations: Sequence[Conversation], pending: Sequence[Offer]) -> None:
    assert max(Counter(offer.agent_id for offer in pending).values(), default=0) <= 1
    assert max(Counter(offer.conversation_id for offer in pending).values(), default=0) <= 1
    offered = {one.id: one.offered_to_id for one in conversations if one.offered_to_id is not None}
    assert offered == {offer.conversation_id: offer.agent_id for offer in pending}
    for conversation in conversations:
        if conversation.offered_to_id is not None:
            assert (conversation.status, conversation.agent_id) == (Status.NEW, None)


def _statuses_follow(conversations: Sequence[Conversation], sessions: Sequence[MessagingSession]) -> None:
    for one in conversations:
        still_open = [session for session in sessions if session.conversation_id == one.id and session.is_open]
        dues = [session.due_at for session in still_open if session.due_at is not None]
        assert one.status == _status(one, still_open)
        assert one.due_at == min(dues, default=None)
        assert one.sort_due_at == (one.due_at or utc.FAR_FUTURE)
        assert one.needs_attention == any(session.unanswered_at is not None for session in still_open)
        for session in still_open:
            assert (session.unanswered_at is None) == (session.due_at is None)
            assert session.ends_at is None or (one.agent_id is not None and session.unanswered_at is None)


def _status(conversation: Conversation, still_open: Sequence[MessagingSession]) -> Status:
    if conversation.closed_at is not None:
        assert not still_open
        return Status.CLOSED
    if not still_open:
        return Status.WAITING
    return Status.NEW if conversation.agent_id is None else Status.OPEN


def _loads_are_right(conversations: Sequence[Conversation], pending: Sequence[Offer]) -> None:
    held = Counter(one.agent_id for one in conversations if one.status == Status.OPEN)
    offered = Counter(offer.agent_id for offer in pending)
    for agent in db.session().scalars(sa.select(Agent)):
        assert agent.load == held[agent.user_id] + offered[agent.user_id]
        assert agent.is_offered == (offered[agent.user_id] > 0)


def _customers_are_whole(conversations: Sequence[Conversation]) -> None:
    current = Counter(one.customer_id for one in conversations if one.status != Status.CLOSED)
    assert max(current.values(), default=0) <= 1
    merged = set(db.session().scalars(sa.select(Customer.id).where(Customer.merged_into_id.is_not(None))))
    assert not merged & {one.customer_id for one in conversations}
    assert not merged & set(db.session().scalars(sa.select(Identity.customer_id)))
    blocked = set(db.session().scalars(sa.select(Customer.id).where(Customer.is_blocked)))
    assert not blocked & set(current)


def _nothing_is_lost(platform_ids: set[str]) -> None:
    stored = Counter(db.session().scalars(sa.select(Item.platform_id).where(Item.is_inbound)))
    assert stored == Counter(platform_ids)


def _free_agents(now: datetime) -> set[int]:
    flow = settings.workflow()
    free = set()
    rows = db.session().execute(
        sa.select(Agent, Presence, User)
        .join(User, User.id == Agent.user_id)
        .join(Presence, Presence.user_id == Agent.user_id)
    )
    for agent, presence, user in rows:
        is_there = presence.left_at is None and presence.seen_at > now - utc.seconds(30)
        delay = utc.seconds(flow.next_delay_seconds)
        is_paused = agent.paused_at is not None and (not delay or agent.paused_at > now - delay)
        has_room = not agent.is_offered and agent.load < flow.standard_capacity
        if user.is_active and agent.is_available and is_there and not is_paused and has_room:
            free.add(agent.user_id)
    return free
