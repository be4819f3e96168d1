"""Where a conversation stands, in words: what it waits for, who has it, why nobody has."""

from collections.abc import Sequence
from datetime import datetime

from igapp.desk import overview, settings
from igapp.desk.overview import Staffing
from igapp.models import Channel, Conversation, Item, Offer, Status
from igapp.web import times


def waits_for(conversation: Conversation, item: Item | None) -> str:
    """Say what is open in it, in words."""
    words = []
    for session in conversation.open_sessions:
        if session.channel == Channel.COMMENT:
            words.append("Comment")
        elif session.start_reason == "echo" and session.unanswered_at is None:
            words.append("Message from the app")
        else:
            is_story = item is not None and item.session_id == session.id and item.kind.startswith("story_")
            words.append("Story" if is_story else "Direct message")
    return ", ".join(
        f"{words.count(word)} × {word}" if words.count(word) > 1 else word for word in dict.fromkeys(words)
    )


class Standings:
    """Says of each conversation where it stands; looks up once what all of them need."""

    def __init__(self, found: Sequence[Conversation], staff: dict[int, Staffing], now: datetime) -> None:
        self.now, self.staff = now, staff
        self.pending = overview.pending(found)
        self.given_up = overview.given_up(found)
        self.standard = settings.workflow().standard_capacity

    def of(self, conversation: Conversation) -> str:
        """Return the sentence for one of them."""
        if conversation.status == Status.CLOSED:
            return "Closed"
        if conversation.agent is not None:
            return f"{conversation.agent.name} has this customer"
        if conversation.status == Status.WAITING:
            return "Answered, not closed; nobody has it"
        offer = self.pending.get(conversation.id)
        return self._offered(offer) if offer else self._in_line(conversation)

    def _offered(self, offer: Offer) -> str:
        left = max(0, int((offer.expires_at - self.now).total_seconds()))
        return f"Offered to {offer.agent.name}, {times.span(left)} left"

    def _in_line(self, conversation: Conversation) -> str:
        sentence = self._staffed(self.staff.get(conversation.inbox_id, Staffing()))
        tried = ", ".join(f"{state} by {name}" for state, name in self.given_up.get(conversation.id, []))
        return f"{tried[0].upper()}{tried[1:]}: {sentence[0].lower()}{sentence[1:]}" if tried else sentence

    def _staffed(self, staff: Staffing) -> str:
        if not staff.members:
            return "Nobody is a member of this inbox"
        if not staff.available:
            return "Nobody is available"
        if staff.with_room:
            return "Next in line"
        if staff.answering:
            return f"After what is offered now: {staff.answering} with another request to answer"
        if staff.paused == staff.available:
            return "Everybody available declined or missed something, and has not pressed Next"
        return f"Nobody has room: {staff.available} available, standard {self.standard}"
