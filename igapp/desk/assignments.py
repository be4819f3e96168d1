"""What managers decide: to which agent or inbox a conversation goes (SPEC 5.11)."""

from datetime import datetime

import sqlalchemy as sa

from igapp import db
from igapp.desk import capacity, conversations, offers, routing, settings, timeline
from igapp.desk.refusal import Refused
from igapp.models import Agent, Conversation, Inbox, Status, User


def to_agent(conversation: Conversation, agent: User, by: User, now: datetime) -> None:
    """Offer the conversation to an agent, whatever their pause and standard capacity; Refused with the reason."""
    conversation = conversations.lock(conversation)
    if conversation.status in (Status.CLOSED, Status.WAITING):
        raise Refused("Nothing in this conversation waits for an agent.")
    if conversation.agent_id == agent.id:
        raise Refused(f"{agent.name} has this customer already.")
    _refuse_unreachable(agent, now)
    offers.withdraw(conversation, f"{by.name} gave this request to {agent.name}.", now)
    if conversation.agent_id is not None:
        conversations.unassign(conversation, now)
    if not _take_offered_place(agent, now):
        raise Refused(f"{agent.name} is at the maximum, or has another request to answer.")
    sentence = f"Routed to {{agent}} because {by.name} assigned it"
    offers.make(conversation, agent, now, {"by": by.name}, sentence)


def to_inbox(conversation: Conversation, inbox: Inbox, by: User, now: datetime) -> None:
    """Move the conversation to another inbox's queue; its running due times stay."""
    conversation = conversations.lock(conversation)
    if conversation.is_closed:
        raise Refused("The conversation is closed.")
    offers.withdraw(conversation, f"{by.name} moved this request to {inbox.name}.", now)
    conversation.inbox_id, conversation.inbox = inbox.id, inbox
    if conversation.agent_id is not None and conversation.open_sessions:
        conversations.unassign(conversation, now)
    conversations.look_for_agent()
    timeline.event(conversation, f"Moved to {inbox.name} by {by.name}", now)


def _refuse_unreachable(agent: User, now: datetime) -> None:
    if not agent.is_active:
        raise Refused(f"{agent.name} is deactivated.")
    if not routing.is_connected(agent.id, now):
        raise Refused(f"{agent.name} is not connected.")
    if offers.pending_for(agent.id, now) is not None:
        raise Refused(f"{agent.name} has another request to answer first.")
    most = settings.workflow().maximum_capacity
    if capacity.load_of(agent.id) >= most:
        raise Refused(f"{agent.name} has {most} of {most} customers.")


def _take_offered_place(agent: User, now: datetime) -> bool:
    statement = sa.update(Agent).where(
        Agent.user_id == agent.id, Agent.is_offered.is_(False), Agent.load < settings.workflow().maximum_capacity
    )
    return db.change(statement.values(load=Agent.load + 1, is_offered=True, last_offered_at=now)) > 0
