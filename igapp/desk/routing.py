"""Which request goes to whom: the earliest due first, to the eligible agent with the fewest customers.

SPEC 5.3 to 5.10.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from igapp import bell, db, utc
from igapp.background import later
from igapp.desk import capacity, conversations, offers, settings, timeline
from igapp.desk.refusal import Refused
from igapp.models import Agent, Conversation, InboxMember, Offer, OfferState, Presence, Status, User

CONNECTED_SECONDS = 30
"""An agent not heard from for so long is not connected (SPEC 5.4)."""
TRIES = 20
"""How often routing looks again when another worker was faster, before it leaves the rest to the next ring."""


def route(now: datetime) -> bool:
    """Give one waiting conversation to one agent; returns whether one was given. Commit, then call again."""
    return _return_to_kept_agent(now) or _offer_next(now)


def next_for(user: User, now: datetime) -> tuple[Conversation | None, str]:
    """The agent pressed Next: end their pause, give them the next waiting customer at once (SPEC 5.9).

    Returns the conversation, or None and a sentence that says why there is none. Refused with Messaging
    off or an offer pending.
    """
    agent = db.session().get(Agent, user.id, populate_existing=True)
    if agent is None or not agent.is_available:
        raise Refused("Switch Messaging on to receive customers.")
    if agent.is_offered:
        raise Refused("Answer the request in the banner first.")
    end_pause(user, now)
    conversation = _first_waiting(_inboxes_of(user.id))
    if conversation is None:
        return None, "Nobody is waiting."
    most = settings.workflow().maximum_capacity
    if not capacity.take(user.id, below=most):
        return (
            None,
            f"You have {capacity.load_of(user.id)} of {most} customers. Close one to receive another.",
        )
    conversations.assign(conversation, user, now, is_place_taken=True)
    _note(conversation, user, now, f"{user.name} pressed Next")
    return conversation, ""


def end_pause(user: User, now: datetime) -> None:
    """Let the agent be offered work again, also what they declined or missed."""
    db.change(sa.update(Agent).where(Agent.user_id == user.id).values(paused_at=None))
    offers.forgive(user.id)
    bell.ring(f"desk:{user.id}")
    later("route")


def eligible(now: datetime) -> list[sa.ColumnElement[bool]]:
    """Return the conditions on Agent, User and Presence under which an agent is offered work (SPEC 5.4)."""
    flow = settings.workflow()
    pause_over: sa.ColumnElement[bool] = Agent.paused_at.is_(None)
    if flow.next_delay_seconds:
        pause_over = sa.or_(pause_over, Agent.paused_at <= now - utc.seconds(flow.next_delay_seconds))
    return [
        User.is_active.is_(True),
        Agent.is_available.is_(True),
        pause_over,
        Agent.is_offered.is_(False),
        Agent.load < flow.standard_capacity,
        Presence.seen_at > now - utc.seconds(CONNECTED_SECONDS),
    ]


def is_connected(user_id: int, now: datetime) -> bool:
    """Whether one of the agent's pages was heard from lately."""
    wanted = sa.select(Presence.user_id).where(
        Presence.user_id == user_id, Presence.seen_at > now - utc.seconds(CONNECTED_SECONDS)
    )
    return db.session().scalar(wanted) is not None


def waiting_count(user_id: int) -> int:
    """Return how many customers wait in the agent's inboxes (the bubble)."""
    waiting = (
        sa.select(sa.func.count())
        .select_from(Conversation)
        .where(
            Conversation.status == Status.NEW,
            Conversation.offered_to_id.is_(None),
            Conversation.inbox_id.in_(sa.select(InboxMember.inbox_id).where(InboxMember.user_id == user_id)),
        )
    )
    return db.session().scalar(waiting) or 0


def _return_to_kept_agent(now: datetime) -> bool:
    """A conversation that came back within the limit goes to its last agent, if connected and below maximum (5.8)."""
    wanted = (
        sa.select(Conversation)
        .where(
            Conversation.kept_for_id.is_not(None),
            Conversation.status == Status.NEW,
            Conversation.offered_to_id.is_(None),
        )
        .order_by(Conversation.sort_due_at, Conversation.arrived_at, Conversation.id)
        .limit(1)
    )
    conversation = db.session().scalar(_skipping_locked(wanted))
    if conversation is None or conversation.kept_for_id is None:
        return False
    agent = db.session().get(User, conversation.kept_for_id)
    conversation.kept_for_id = None
    if agent is None or not agent.is_active or not is_connected(agent.id, now):
        return True
    if capacity.take(agent.id, below=settings.workflow().maximum_capacity):
        conversations.assign(conversation, agent, now, is_place_taken=True)
        conversation.knocked_at = now
        _note(conversation, agent, now, f"{agent.name} answered this customer last")
    return True


def _offer_next(now: datetime) -> bool:
    for _ in range(TRIES):
        inboxes = _inboxes_with_room(now)
        conversation = _first_waiting(inboxes) if inboxes else None
        if conversation is None:
            return False
        agent = _choose_agent(conversation, now)
        if agent is not None:
            _give(conversation, agent, now)
            return True
    later("route")
    return False


def _give(conversation: Conversation, agent: User, now: datetime) -> None:
    if settings.workflow().is_assignment_by_banner:
        offers.make(conversation, agent, now, *_reason(conversation, agent))
        bell.ring(f"desk:{agent.id}")
        bell.ring("waiting")
        return
    capacity.keep_offered_place(agent.id)
    conversations.assign(conversation, agent, now, is_place_taken=True)
    conversation.knocked_at = now
    why, sentence = _reason(conversation, agent)
    _event(conversation, agent, now, why, sentence)


def _inboxes_with_room(now: datetime) -> Sequence[int]:
    wanted = (
        sa.select(InboxMember.inbox_id)
        .distinct()
        .join(Agent, Agent.user_id == InboxMember.user_id)
        .join(User, User.id == Agent.user_id)
        .join(Presence, Presence.user_id == Agent.user_id)
        .where(*eligible(now))
    )
    return db.session().scalars(wanted).all()


def _inboxes_of(user_id: int) -> Sequence[int]:
    return db.session().scalars(sa.select(InboxMember.inbox_id).where(InboxMember.user_id == user_id)).all()


def _first_waiting(inbox_ids: Sequence[int]) -> Conversation | None:
    """Lock the first of the queue; one that another worker is giving away now is passed over."""
    wanted = (
        sa.select(Conversation)
        .where(
            Conversation.inbox_id.in_(inbox_ids),
            Conversation.status == Status.NEW,
            Conversation.offered_to_id.is_(None),
        )
        .order_by(Conversation.sort_due_at, Conversation.arrived_at, Conversation.id)
        .limit(1)
    )
    return db.session().scalar(_skipping_locked(wanted))


def _skipping_locked(wanted: sa.Select[Conversation]) -> sa.Select[Conversation]:
    return wanted.with_for_update(of=Conversation, skip_locked=True).execution_options(populate_existing=True)


def _choose_agent(conversation: Conversation, now: datetime) -> User | None:
    """Take a place of the best eligible agent, those who have not tried this request yet first (SPEC 5.4, 5.6)."""
    best = (
        sa.select(Agent.user_id)
        .join(User, User.id == Agent.user_id)
        .join(Presence, Presence.user_id == Agent.user_id)
        .join(InboxMember, InboxMember.user_id == Agent.user_id)
        .where(InboxMember.inbox_id == conversation.inbox_id, *eligible(now))
        .order_by(
            _has_tried(conversation),
            Agent.load,
            sa.func.coalesce(Agent.last_offered_at, utc.EPOCH),
            Agent.user_id,
        )
        .limit(1)
    )
    statement = (
        sa.update(Agent)
        .where(
            Agent.user_id == best.scalar_subquery(),
            Agent.is_offered.is_(False),
            Agent.load < settings.workflow().standard_capacity,
            Agent.is_available,
        )
        .values(load=Agent.load + 1, is_offered=True, last_offered_at=now)
        .returning(Agent.user_id)
    )
    chosen = db.session().scalar(statement.execution_options(synchronize_session=False))
    return db.session().get(User, chosen) if chosen is not None else None


def _has_tried(conversation: Conversation) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        Offer.conversation_id == conversation.id,
        Offer.agent_id == Agent.user_id,
        Offer.state.in_((OfferState.DECLINED, OfferState.MISSED)),
        Offer.is_forgiven.is_(False),
        Offer.offered_at >= conversation.arrived_at,
    )


def _reason(conversation: Conversation, agent: User) -> tuple[dict[str, Any], str]:
    load = capacity.load_of(agent.id)
    why = {"inbox": conversation.inbox.name, "load": load, "standard": settings.workflow().standard_capacity}
    if conversation.open_sessions and all(one.start_reason == "echo" for one in conversation.open_sessions):
        return why, "Routed to {agent} because of an outgoing Instagram message."
    order = "it is the earliest due" if conversation.due_at else "it waited longest"
    return why, f"Routed to {{agent}} because {order} in {conversation.inbox.name}"


def _note(conversation: Conversation, agent: User, now: datetime, because: str) -> None:
    _event(conversation, agent, now, {}, f"Routed to {{agent}} because {because}")


def _event(conversation: Conversation, agent: User, now: datetime, why: dict[str, Any], sentence: str) -> None:
    timeline.event(conversation, sentence, now, agent_id=agent.id, agent_name=agent.name, why=why)
