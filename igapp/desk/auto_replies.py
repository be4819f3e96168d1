"""Answers that an account gives by itself, once per conversation at most, never to comments (SPEC 12.4).

They fulfil no SLA and carry no human-agent tag: their send has no author (S4).
"""

from datetime import datetime

import sqlalchemy as sa

from igapp import db
from igapp.desk import audit, hours, links, replies, sends, timeline, windows
from igapp.desk.refusal import Refused
from igapp.models import Account, AutoReply, Conversation, Identity, Item, ItemKind, Send, SendKind, User


def answer(conversation: Conversation, identity: Identity, now: datetime) -> Item | None:
    """Answer a direct message that has just come, where the account is set to and it has not been done yet."""
    account = identity.account
    if account.auto_reply == AutoReply.NEVER or not account.auto_reply_text or conversation.customer.is_blocked:
        return None
    if not _is_wanted(account, conversation, now) or not _may_answer(identity, now):
        return None
    db.session().flush()
    key = _key(conversation)
    if sends.by_key(key) is not None:
        return None
    return _send(conversation, identity, links.final_text(account, account.auto_reply_text), key, now)


def join(kept: Conversation, gone: Conversation) -> None:
    """Let what was answered in one conversation count for the one that it is joined to."""
    if sends.by_key(_key(kept)) is None:
        db.change(sa.update(Send).where(Send.key == _key(gone)).values(key=_key(kept)))


def change(account: Account, when: AutoReply, text: str, user: User, now: datetime) -> None:
    """Set when an account answers by itself, and what; raises Refused."""
    text = text.replace("\r\n", "\n").strip()
    _check(account, when, text)
    before = {"when": account.auto_reply, "text": account.auto_reply_text or ""}
    after = {"when": when, "text": text}
    if before != after:
        account.auto_reply, account.auto_reply_text = when, text or None
        audit.record(user, "auto_reply.changed", f"@{account.username}", now, before=before, after=after)


def _check(account: Account, when: AutoReply, text: str) -> None:
    try:
        if text:
            replies.checked_text(account, text)
        elif when != AutoReply.NEVER:
            raise Refused("Write the automatic reply first.")
    except Refused as refused:
        raise Refused(str(refused), "auto_reply_text") from None


def _key(conversation: Conversation) -> str:
    """Of this conversation alone: SQLite gives the number of one that is gone to another."""
    return f"automatic:{conversation.id}:{conversation.opened_at.isoformat()}"


def _is_wanted(account: Account, conversation: Conversation, now: datetime) -> bool:
    if account.auto_reply == AutoReply.AT_START:
        return conversation.opened_at == now
    return not hours.current().are_open(now)


def _may_answer(identity: Identity, now: datetime) -> bool:
    window = windows.window(identity, now)
    return window.is_open and not window.needs_tag and identity.account.is_dm_on


def _send(conversation: Conversation, identity: Identity, text: str, key: str, now: datetime) -> Item:
    item = Item(kind=ItemKind.AUTO_REPLY, at=max(now, conversation.last_item_at or now), arrived_at=now, text=text)
    item.identity, item.account, item.details = identity, identity.account, {}
    timeline.add(conversation, item)
    db.session().flush()
    send = Send(
        kind=SendKind.MESSAGE,
        account=identity.account,
        identity=identity,
        conversation_id=conversation.id,
        item=item,
        key=key,
        text=text,
    )
    sends.queue(send, now)
    return item
