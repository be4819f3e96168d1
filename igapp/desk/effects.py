"""What follows when Meta has accepted a send: for the conversation that it answers, and for the item it was about."""

from datetime import datetime

from igapp.desk import changes, conversations, offers, pending, sessions
from igapp.models import Conversation, Item, Send, SendKind


def on_conversation(send: Send, item: Item, conversation: Conversation, now: datetime) -> None:
    """A message or reply was sent: what it answers waits no more, and a comment's session ends (SPEC 7.3, 11.2)."""
    item.platform_id = send.platform_id
    with conversations.changing(conversation):
        if send.kind in (SendKind.MESSAGE, SendKind.IMAGE) and send.author_id is not None:
            sessions.answered(conversation, send.identity, item.at, now, send.author_id)
        elif send.comment_id is not None:
            _end_comment_session(conversation, send, item, now)
    if not conversation.open_sessions:
        offers.withdraw(conversation, "This customer was answered.", now)
    pending.apply_to(item, send.account_id, now)
    changes.note_seen(item)


def on_target(send: Send, target: Item, now: datetime) -> None:
    """What Meta accepted shows on the item that it was about."""
    field = {SendKind.HIDE: "hidden_at", SendKind.DELETE: "removed_at", SendKind.LIKE: "liked_at"}.get(send.kind)
    if field is not None:
        setattr(target, field, now)
    elif send.kind == SendKind.UNLIKE:
        target.liked_at = None


def _end_comment_session(conversation: Conversation, send: Send, item: Item, now: datetime) -> None:
    conversation.last_reply_at = max(conversation.last_reply_at or item.at, item.at)
    for session in conversation.open_sessions:
        if session.comment_id == send.comment_id:
            sessions.end(session, "answered", now, send.author_id)
