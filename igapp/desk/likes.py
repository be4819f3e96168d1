"""Liking what a customer sent, and taking the like back; it fulfils no SLA (SPEC 8.2)."""

from datetime import datetime

from igapp import db
from igapp.desk import acting, conversations, windows
from igapp.desk.refusal import Refused
from igapp.models import Item, ItemKind, MediaState, Send, SendKind, SendState, User

LIKEABLE = (
    ItemKind.MESSAGE,
    ItemKind.STORY_MENTION,
    ItemKind.STORY_REPLY,
    ItemKind.POSTBACK,
    ItemKind.UNSUPPORTED,
)
UNSETTLED = (SendState.QUEUED, SendState.WAITING, SendState.SENDING, SendState.CHECKING)


def may_like(item: Item, now: datetime) -> bool:
    """Whether the item's menu offers a like."""
    is_candidate = item.is_inbound and item.kind in LIKEABLE and item.platform_id is not None
    return is_candidate and not item.is_deleted and item.liked_at is None and windows.window(item.identity, now).is_open


def like(item: Item, user: User, now: datetime) -> Send:
    """Send a ❤️ to a message or story mention; Refused where it expired or was deleted."""
    _refuse_gone(item, now)
    if item.liked_at is not None:
        raise Refused("The message is liked already.")
    return _act(item, user, SendKind.LIKE, now)


def unlike(item: Item, user: User, now: datetime) -> Send:
    """Take the ❤️ back."""
    if item.liked_at is None:
        raise Refused("The message is not liked.")
    return _act(item, user, SendKind.UNLIKE, now)


def _refuse_gone(item: Item, now: datetime) -> None:
    if item.kind not in LIKEABLE or not item.is_inbound or item.platform_id is None:
        raise Refused("Only a customer's message or story mention can be liked.")
    if item.is_deleted:
        raise Refused("The message was deleted: it cannot be liked any more.")
    if any(one.state == MediaState.EXPIRED for one in item.attachments) or _is_expired(item, now):
        raise Refused("The story is no longer available: it cannot be liked any more.")
    window = windows.window(item.identity, now)
    if not window.is_open:
        raise Refused(window.reason or "This customer cannot be reached now.")


def _is_expired(item: Item, now: datetime) -> bool:
    """A mention lives as long as its story."""
    stories = [one.expires_at for one in item.attachments if one.expires_at is not None]
    return item.kind == ItemKind.STORY_MENTION and any(expires_at <= now for expires_at in stories)


def _act(item: Item, user: User, kind: SendKind, now: datetime) -> Send:
    conversations.lock(item.conversation)
    db.session().refresh(item, ["actions", "liked_at"])
    under_way = [one for one in item.actions if one.kind == kind and one.state in UNSETTLED]
    if under_way:
        return under_way[0]
    return acting.act(item, user, kind, now)
