"""The composer's lanes: to whom and where an answer goes (CONTRACT), and which one a page opens with (SPEC 5.7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from igapp.desk import closing, comments, profiles, replies, timeline, windows
from igapp.desk.comments import CommentAction
from igapp.models import Channel, Conversation, Customer, Identity, Item, ItemKind, MessagingSession
from igapp.web import numbers


class LaneKind(StrEnum):
    """What kind of answer is written."""

    DM = "dm"
    COMMENT = "comment"
    PRIVATE = "private"
    NOTE = "note"


@dataclass(frozen=True)
class Lane:
    """One way to answer: a direct message through one account, a reply to one comment, or a note."""

    kind: LaneKind
    identity: Identity | None = None
    item: Item | None = None
    """The comment that it answers."""
    remaining: str | None = None
    reason: str | None = None
    """Why nothing can be said there."""

    @property
    def key(self) -> str:
        """How forms and drafts name it: "dm:3", "comment:81", "private:81", "note"."""
        about = self.identity or self.item
        return f"{self.kind}:{about.id}" if about else str(self.kind)

    @property
    def is_direct(self) -> bool:
        return self.kind in (LaneKind.DM, LaneKind.PRIVATE)

    @property
    def is_sent(self) -> bool:
        """Whether what is written there leaves for Instagram."""
        return self.kind != LaneKind.NOTE

    @property
    def textbox(self) -> str:
        """The accessible name of the field."""
        return {LaneKind.COMMENT: "Comment reply", LaneKind.NOTE: "Note"}.get(self.kind, "Message")

    @property
    def quote(self) -> str:
        """The comment that it answers, in one line."""
        return timeline.preview(self.item)


def parsed(customer: Customer, key: str | None, now: datetime) -> Lane | None:
    """Return the lane of that name; None where the customer has none such."""
    kind, _, written = (key or "").partition(":")
    if kind == LaneKind.NOTE:
        return Lane(LaneKind.NOTE)
    number = numbers.whole(written)
    if number is None:
        return None
    if kind == LaneKind.DM:
        identity = next((one for one in customer.identities if one.id == number), None)
        return direct(identity, now) if identity else None
    item = profiles.item_of(customer, number) if kind in (LaneKind.COMMENT, LaneKind.PRIVATE) else None
    return _about(item, LaneKind(kind), now) if item else None


def first(customer: Customer, conversation: Conversation | None, now: datetime) -> Lane:
    """Return the lane that a page opens with: that of what waits for an answer, else of the last message."""
    session = _waiting(conversation)
    if session is not None and session.channel == Channel.COMMENT:
        item = timeline.by_platform_id(session.account_id, session.comment_id)
        if item is not None and item.removed_at is None and item.hidden_at is None:
            return _about(item, LaneKind.PRIVATE if item.kind == ItemKind.LIVE_COMMENT else LaneKind.COMMENT, now)
    identity = session.identity if session is not None and session.channel == Channel.DM else None
    return direct(identity or replies.writable_identity(customer), now)


def shown(customer: Customer, chosen: Lane, now: datetime) -> Sequence[Lane]:
    """Return the lanes to choose from: direct messages, a reply to a comment, a note."""
    wrote = [one for one in customer.identities if one.window_opened_at is not None]
    directs = [direct(one, now) for one in wrote]
    if chosen.kind == LaneKind.PRIVATE:
        about = chosen.item.identity_id if chosen.item else None
        directs = [chosen, *(one for one in directs if one.identity and one.identity.id != about)]
    comment = chosen if chosen.kind == LaneKind.COMMENT else _answerable(customer, chosen, now)
    return [*(directs or [Lane(LaneKind.DM)]), *([comment] if comment else []), Lane(LaneKind.NOTE)]


def direct(identity: Identity | None, now: datetime) -> Lane:
    """Return the lane of direct messages to an identity, or to nobody yet."""
    window = windows.window(identity, now)
    return Lane(LaneKind.DM, identity, None, windows.remaining(window, now), window.reason)


def _about(item: Item, kind: LaneKind, now: datetime) -> Lane:
    if kind == LaneKind.COMMENT:
        return Lane(kind, None, item, None, comments.refusal(item, CommentAction.REPLY, now))
    reason = comments.refusal(item, CommentAction.PRIVATE_REPLY, now)
    return Lane(kind, None, item, comments.remaining(item, now), reason)


def _answerable(customer: Customer, chosen: Lane, now: datetime) -> Lane | None:
    """The comment that is answered publicly: that of the chosen lane, else the newest that can be."""
    candidates = [chosen.item] if chosen.item else profiles.newest_comments(customer)
    found = (_about(one, LaneKind.COMMENT, now) for one in candidates)
    return next((lane for lane in found if lane.reason is None), None)


def _waiting(conversation: Conversation | None) -> MessagingSession | None:
    """The session of the last item if that waits, else the one that waits longest."""
    if conversation is None or not conversation.needs_attention:
        return None
    waiting = [one for one in conversation.open_sessions if one.unanswered_at is not None]
    longest = min(waiting, key=lambda one: one.unanswered_at or one.started_at, default=None)
    return closing.last_unanswered(conversation) or longest
