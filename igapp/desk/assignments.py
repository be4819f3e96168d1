"""What managers decide: to which agent or inbox a conversation goes (SPEC 5.11)."""

from datetime import datetime

from igapp.desk import capacity, conversations, offers, presence, settings, timeline
from igapp.desk.refusal import Refused
from igapp.models import Conversation, Inbox, User


def to_agent(conversation: Conversation, agent: User, by: User, now: datetime) -> None:
    """Offer the conversation to an agent, whatever their pause and standard capacity; Refused with the reason."""
    conversation = conversations.lock(conversation)
    if not conversation.open_sessions:
        raise Refused("Nothing in this conversation waits for an agent.")
    if conversation.agent_id == agent.id:
        raise Refused(f"{agent.name} has this customer already.")
    if conversation.offered_to_id == agent.id:
        raise Refused(f"{agent.name} is asked to take this customer already.")
    _refuse_unreachable(agent, now)
    offers.withdraw(conversation, f"{by.name} gave this request to {agent.name}.", now)
    if conversation.agent_id is not None:
        conversations.unassign(conversation, now)
    if not capacity.take_for_offer(agent.id, settings.workflow().maximum_capacity, now):
        raise Refused(f"{agent.name} is at the maximum, or has another request to answer.")
    offers.make(conversation, agent, now, {"by": by.name}, f"Routed to {{agent}} because {by.name} assigned it")


def to_inbox(conversation: Conversation, inbox: Inbox, by: User, now: datetime) -> None:
    """Move the conversation to another inbox's queue; its running due times stay."""
    conversation = conversations.lock(conversation)
    if conversation.is_closed:
        raise Refused("The conversation is closed.")
    is_held = conversation.agent_id is not None and bool(conversation.open_sessions)
    if conversation.inbox_id == inbox.id and not is_held:
        raise Refused(f"The conversation is in {inbox.name} already.")
    offers.withdraw(conversation, f"{by.name} moved this request to {inbox.name}.", now)
    conversation.inbox_id, conversation.inbox = inbox.id, inbox
    if is_held:
        conversations.unassign(conversation, now)
    conversation.kept_for_id, conversation.arrived_at = None, now
    conversations.look_for_agent()
    timeline.event(conversation, f"Moved to {inbox.name} by {by.name}", now)


def _refuse_unreachable(agent: User, now: datetime) -> None:
    if not agent.is_active:
        raise Refused(f"{agent.name} is deactivated.")
    if not presence.is_connected(agent.id, now):
        raise Refused(f"{agent.name} is not connected.")
    if offers.pending_for(agent.id, now) is not None:
        raise Refused(f"{agent.name} has another request to answer first.")
    most = settings.workflow().maximum_capacity
    if capacity.load_of(agent.id) >= most:
        raise Refused(f"{agent.name} has {most} of {most} customers.")
