"""The `messaging` items of webhooks, written from what the platform has stored."""

from typing import Any

from igapp.sandbox.messages import Message
from igapp.sandbox.webhooks.envelope import Event

Json = dict[str, Any]


def item(account: str, igsid: str, at: int, **what: Any) -> Json:
    """An item from the person to the account."""
    return {"sender": {"id": igsid}, "recipient": {"id": account}, "timestamp": at, **what}


def own_item(account: str, igsid: str, at: int, **what: Any) -> Json:
    """An item from the account to the person: an echo, or something done in the app."""
    return {"sender": {"id": account}, "recipient": {"id": igsid}, "timestamp": at, **what}


def event(message: Message, *, key: str = "messaging") -> Event:
    """The event of a new message: as it came, or as its echo when the account sent it."""
    write = item if message.direction == "in" else own_item
    value = write(message.account, message.igsid, message.at, message=_content(message))
    return Event(message.account, "messages", value, message.at, message.mid, key)


def changed(message: Message, field: str, at: int, key: str, **what: Any) -> Event:
    """The event of something that the person did to a message."""
    value = item(message.account, message.igsid, at, **what)
    return Event(message.account, field, value, at, message.mid, key)


def _content(message: Message) -> Json:
    content: Json = {"mid": message.mid}
    if message.text is not None:
        content["text"] = message.text
    if message.attachments:
        content["attachments"] = message.attachments
    if message.direction == "out":
        content["is_echo"] = True
    return {**content, **message.extras}
