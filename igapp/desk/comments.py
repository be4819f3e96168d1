"""What an agent may do with a comment: one public reply, one direct message, hide, delete (SPEC 10.2 to 10.7)."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from igapp import background, db, utc
from igapp.desk import acting, conversations, replies, sends, staleness, timeline, windows
from igapp.desk.refusal import Refused
from igapp.desk.replies import Words
from igapp.models import Conversation, Item, ItemKind, MessagingSession, Send, SendKind, SendState, User

PRIVATE_REPLY_DAYS = 7
"""Meta: one direct message may answer a comment within so many days."""
BROADCAST_HOURS = 4
"""Instagram: no broadcast lasts longer; to its comments only direct messages go, and only while it runs."""
READ_AGAIN = 20
"""Unanswered comments that are read again at once: their authors may have deleted them (SPEC 10.6)."""
GIVEN_UP = (SendState.FAILED, SendState.DISCARDED)


class CommentAction(StrEnum):
    """The entries of a comment's menu."""

    REPLY = "reply"
    PRIVATE_REPLY = "private_reply"
    HIDE = "hide"
    DELETE = "delete"


def allowed(item: Item, now: datetime) -> set[CommentAction]:
    """Return what may be done with a comment now; each entry disappears once used."""
    return {action for action in CommentAction if refusal(item, action, now) is None}


def refusal(item: Item, action: CommentAction, now: datetime) -> str | None:
    """Return why an action is not possible, or None."""
    general = _gone(item) or _never(item, action)
    if general:
        return general
    if _has(item, _KINDS[action]):
        return _ONCE[action]
    if item.hidden_at is not None and action != CommentAction.DELETE:
        return "The comment is hidden: it cannot be answered or unhidden here."
    return too_late(item, now) if action == CommentAction.PRIVATE_REPLY else None


def too_late(item: Item, now: datetime) -> str | None:
    """Return why a direct message to the comment comes too late, or None."""
    if now < private_reply_closes_at(item):
        return None
    if item.kind == ItemKind.LIVE_COMMENT:
        return "The broadcast is over: Instagram lets its comments be answered only while it runs."
    return "Instagram's 7 days for a direct message to this comment are over."


def reply_publicly(item: Item, user: User, text: str, key: str, now: datetime, seen: int | None = None) -> Item:
    """Answer below the comment, for everyone to see. Refused with a sentence where it may not be."""
    return _answer(item, user, Words(text, key, seen), CommentAction.REPLY, now)


def reply_privately(item: Item, user: User, text: str, key: str, now: datetime, seen: int | None = None) -> Item:
    """Answer by one direct message, text only. Refused with a sentence where it may not be."""
    return _answer(item, user, Words(text, key, seen), CommentAction.PRIVATE_REPLY, now)


def hide(item: Item, user: User, now: datetime) -> Send:
    """Hide it from the public but not from its author; the badge appears once Meta accepted."""
    return _act(item, user, CommentAction.HIDE, SendKind.HIDE, now)


def delete(item: Item, user: User, now: datetime) -> Send:
    """Delete it from Instagram; it stays here with a badge once Meta accepted."""
    return _act(item, user, CommentAction.DELETE, SendKind.DELETE, now)


def private_reply_closes_at(item: Item) -> datetime:
    """Return until when a direct message may answer the comment; that a broadcast ended earlier, Instagram says."""
    is_live = item.kind == ItemKind.LIVE_COMMENT
    return item.at + (utc.hours(BROADCAST_HOURS) if is_live else utc.days(PRIVATE_REPLY_DAYS))


def read_again(conversation: Conversation) -> None:
    """Somebody opens it: ask whether the comments in it that wait for an answer are still on Instagram (SPEC 10.6)."""
    if any(session.comment_id for session in conversation.open_sessions):
        waiting = unanswered(Item.conversation_id == conversation.id)
        background.at_once(*(("recheck_comment", item_id) for item_id in waiting))


def unanswered(whose: sa.ColumnElement[bool]) -> list[int]:
    """Return the oldest comments that wait for an answer; those of a broadcast can be read only while it runs."""
    wanted = (
        sa.select(Item.id)
        .join(MessagingSession, MessagingSession.id == Item.session_id)
        .where(whose, Item.kind == ItemKind.COMMENT, Item.deleted_at.is_(None), MessagingSession.ended_at.is_(None))
    )
    return list(db.session().scalars(wanted.order_by(Item.at).limit(READ_AGAIN)))


def remaining(item: Item, now: datetime) -> str | None:
    """Return what is left for the direct message in words, or None."""
    if CommentAction.PRIVATE_REPLY not in allowed(item, now):
        return None
    return f"{windows.in_words(private_reply_closes_at(item) - now)} left to reply"


def _gone(item: Item) -> str | None:
    if item.removed_at is not None:
        return "The comment was deleted on Instagram."
    if item.deleted_at is not None:
        return "The comment was deleted by its author."
    if item.account is None or not item.account.is_connected:
        return "The account is disconnected."
    return None


def _never(item: Item, action: CommentAction) -> str | None:
    if item.kind not in (ItemKind.COMMENT, ItemKind.LIVE_COMMENT):
        return "This is no comment."
    if item.kind == ItemKind.LIVE_COMMENT and action != CommentAction.PRIVATE_REPLY:
        return "A comment on a broadcast can only be answered by direct message."
    return None


def _has(item: Item, kind: SendKind) -> bool:
    return any(send.kind == kind and send.state not in GIVEN_UP for send in item.actions)


def _answer(item: Item, user: User, words: Words, action: CommentAction, now: datetime) -> Item:
    conversation = conversations.lock(item.conversation)
    done = sends.by_key(words.key)
    if done is not None and done.item is not None:
        return done.item
    db.session().refresh(item, ["actions", "hidden_at", "removed_at", "deleted_at"])
    _refuse_unless_allowed(item, action, now)
    identity, account = item.identity, item.account
    if identity is None or account is None:
        raise Refused("This comment has lost its account.")
    final = replies.checked_text(account, words.text)
    staleness.refuse_if_moved_on(item.customer, user, words.seen)
    conversation = replies.taken(conversation, user, now)
    answer = replies.outgoing(conversation, identity, user, final, _ITEM_KINDS[action], now)
    answer.post, answer.details = item.post, {"answers": item.platform_id, "answers_item": item.id}
    send = Send(kind=_KINDS[action], account=account, identity=identity, conversation_id=conversation.id, item=answer)
    send.target, send.key, send.text = item, words.key, final
    send.comment_id, send.author_id = item.platform_id, user.id
    sends.queue(send, now)
    return answer


def _act(item: Item, user: User, action: CommentAction, kind: SendKind, now: datetime) -> Send:
    conversations.lock(item.conversation)
    db.session().refresh(item, ["actions", "hidden_at", "removed_at", "deleted_at"])
    _refuse_unless_allowed(item, action, now)
    timeline.changed(item.conversation)
    return acting.act(item, user, kind, now, item.platform_id)


def _refuse_unless_allowed(item: Item, action: CommentAction, now: datetime) -> None:
    sentence = refusal(item, action, now)
    if sentence is not None:
        raise Refused(sentence)


_KINDS = {
    CommentAction.REPLY: SendKind.COMMENT_REPLY,
    CommentAction.PRIVATE_REPLY: SendKind.PRIVATE_REPLY,
    CommentAction.HIDE: SendKind.HIDE,
    CommentAction.DELETE: SendKind.DELETE,
}
_ITEM_KINDS = {
    CommentAction.REPLY: ItemKind.COMMENT_REPLY,
    CommentAction.PRIVATE_REPLY: ItemKind.PRIVATE_REPLY,
}
_ONCE = {
    CommentAction.REPLY: "This comment has a public reply already.",
    CommentAction.PRIVATE_REPLY: "This comment was answered by direct message already; Instagram allows one.",
    CommentAction.HIDE: "The comment is hidden already, or being hidden.",
    CommentAction.DELETE: "The comment is deleted already, or being deleted.",
}
