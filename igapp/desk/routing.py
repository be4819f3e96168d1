"""Which request goes to whom, and when: routing, Next, and the pause after a declined or missed offer.

SPEC 5.3 to 5.10. The queue is in waiting.py, the choice of an agent in choosing.py.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from igapp import bell, db, utc
from igapp.background import later
from igapp.desk import capacity, choosing, conversations, my_customers, offers, presence, settings, timeline, waiting
from igapp.desk.refusal import Refused
from igapp.models import Agent, Conversation, InboxMember, User

AT_ONCE = 10
"""Offers in one transaction: what all of them need is read once, and nobody waits long for their agents' rows."""
TRIES = 20
"""How often routing looks again when another worker was faster, before it leaves the rest to the next ring."""


def route(now: datetime, most: int = 1) -> bool:
    """Give waiting conversations to agents, `most` at the most; returns whether something was done.

    Commit, then call again. Routers take turns: side by side they would look at the same agents for the same customer.
    Offering waits for no lock, whatever it holds; returning to an agent may, so it goes alone.
    """
    db.take_turn("routing")
    if _return_to_kept_agent(now):
        return True
    given = 0
    while given < most and (more := _offer_next(now, most - given)):
        given += more
    return given > 0


def next_for(user: User, now: datetime) -> tuple[Conversation | None, str]:
    """The agent pressed Next: end their pause, give them the next waiting customer at once (SPEC 5.9).

    Returns the conversation, or None and a sentence that says why there is none. Refused with Messaging
    off or an offer pending.
    """
    _refuse_unready(user)
    conversation = waiting.first_or_wait(_inboxes_of(user.id), user.id)
    most = settings.workflow().maximum_capacity
    if conversation is None or not capacity.take(user.id, below=most, unless_offered=True):
        _refuse_unready(user)
        end_pause(user, now)
        full = f"You have {capacity.load_of(user.id)} of {most} customers. Close one to receive another."
        return None, "Nobody is waiting." if conversation is None else full
    end_pause(user, now)
    conversations.assign(conversation, user, now, is_place_taken=True)
    _note(conversation, user, now, {}, "{agent} pressed Next")
    return conversation, ""


def next_in_turn(user: User, now: datetime, after_id: int | None = None) -> tuple[Conversation | None, str]:
    """Next or Close & Next of a conversation: the agent's own customers that need attention first (SPEC 5.9).

    `after_id` is the customer whose profile the agent leaves. The pause ends, whatever this opens.
    """
    own = [one for one in my_customers.active(user.id) if one.needs_attention and one.customer_id != after_id]
    if not own:
        return next_for(user, now)
    end_pause(user, now)
    return own[0], ""


def end_pause(user: User, now: datetime) -> None:
    """Let the agent be offered work again, also what they declined or missed."""
    paused = sa.update(Agent).where(Agent.user_id == user.id, Agent.paused_at.is_not(None))
    is_over = db.change(paused.values(paused_at=None))
    if offers.forgive(user.id) or is_over:
        bell.ring(f"desk:{user.id}")
        later("route")


def pauses_over(now: datetime) -> int:
    """End the pauses that end by themselves (setting "Next message routing delay"); returns how many did."""
    delay = settings.workflow().next_delay_seconds
    if not delay:
        return 0
    is_over = sa.and_(Agent.paused_at.is_not(None), Agent.paused_at <= now - utc.seconds(delay))
    ended = db.session().scalars(sa.update(Agent).where(is_over).values(paused_at=None).returning(Agent.user_id)).all()
    for user_id in ended:
        bell.ring(f"desk:{user_id}")
    if ended:
        later("route")
    return len(ended)


def is_connected(user_id: int, now: datetime) -> bool:
    """Whether one of the agent's pages was heard from lately."""
    return presence.is_connected(user_id, now)


def waiting_count(user_id: int) -> int:
    """Return how many customers wait in the agent's inboxes (the bubble)."""
    return waiting.count(user_id)


def _refuse_unready(user: User) -> None:
    agent = db.session().get_one(Agent, user.id, populate_existing=True)
    if not agent.is_available:
        raise Refused("Switch Messaging on to receive customers.")
    if agent.is_offered:
        raise Refused("Answer the request in the banner first.")


def _inboxes_of(user_id: int) -> Sequence[int]:
    return db.session().scalars(sa.select(InboxMember.inbox_id).where(InboxMember.user_id == user_id)).all()


def _return_to_kept_agent(now: datetime) -> bool:
    """A conversation that came back within the limit goes to its last agent, if connected and below maximum (5.8)."""
    conversation = waiting.first_kept()
    if conversation is None or conversation.kept_for_id is None:
        return False
    agent = db.session().get(User, conversation.kept_for_id)
    conversation.kept_for_id = None
    if agent is None or not agent.is_active or not presence.is_connected(agent.id, now):
        return True
    if capacity.take(agent.id, below=settings.workflow().maximum_capacity):
        conversations.assign(conversation, agent, now, is_place_taken=True)
        conversation.knocked_at = now
        _note(conversation, agent, now, {}, "{agent} answered this customer last")
    return True


def _offer_next(now: datetime, most: int) -> int:
    """Offer what is first in the order of work; returns how many were offered."""
    for _ in range(TRIES):
        inboxes = choosing.inboxes_with_room(now)
        found = waiting.first_some(inboxes, most) if inboxes else []
        given = _offer_each(found, now)
        if given or not found:
            return given
    later("route")
    return 0


def _offer_each(waiting_ones: Sequence[Conversation], now: datetime) -> int:
    """Offer one after the other until one finds no agent; what they change is written together, at the end."""
    for given, conversation in enumerate(waiting_ones):
        with db.session().no_autoflush:
            chosen = choosing.take_best(conversation, now)
        if chosen is None:
            return given
        _give(conversation, *chosen, now)
    return len(waiting_ones)


def _give(conversation: Conversation, agent: User, why: dict[str, Any], now: datetime) -> None:
    because = f"it {'is the earliest due' if conversation.due_at else 'waited longest'} in {conversation.inbox.name}"
    if settings.workflow().is_assignment_by_banner:
        offers.make(conversation, agent, now, why, _sentence(conversation, because))
        return
    capacity.keep_offered_place(agent.id)
    conversations.assign(conversation, agent, now, is_place_taken=True)
    conversation.knocked_at = now
    _note(conversation, agent, now, why, because)


def _note(conversation: Conversation, agent: User, now: datetime, why: dict[str, Any], because: str) -> None:
    sentence = _sentence(conversation, because)
    timeline.event(conversation, sentence, now, agent_id=agent.id, agent_name=agent.name, why=why)


def _sentence(conversation: Conversation, because: str) -> str:
    """Say why it was routed; what began in the Instagram app says so instead (SPEC 9.1)."""
    began = [session.start_reason for session in conversation.open_sessions]
    if began and all(reason == "echo" for reason in began):
        return "Routed to {agent} because of an outgoing Instagram message."
    return f"Routed to {{agent}} because {because}"
