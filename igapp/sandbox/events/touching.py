"""What people do to messages that are there, or without any: unsend, edit, react, read, tap."""

from typing import Any

from igapp.sandbox import assets, ids, messages
from igapp.sandbox.events.kinds import KINDS, Actor, Done, Impossible, kind
from igapp.sandbox.events.writing import write
from igapp.sandbox.messages import Message
from igapp.sandbox.webhooks import items
from igapp.sandbox.webhooks.envelope import Event

MOST_EDITS = 5
EMOJI = {
    "love": "\u2764\ufe0f",
    "like": "\U0001f44d",
    "laugh": "\U0001f606",
    "wow": "\U0001f62e",
    "sad": "\U0001f622",
    "angry": "\U0001f620",
}


@kind("unsend")
def unsend(actor: Actor) -> Done:
    message = actor.target("in")
    if message.direction != "in":
        raise Impossible("only the sender can unsend a message")
    messages.unsend(actor.world.store, message.mid)
    for attachment in message.attachments:
        assets.remove(actor.world, attachment.get("payload", {}).get("url", ""))
    gone = {"mid": message.mid, "is_deleted": True}
    return _told(actor, message, "messages", message=gone)


@kind("edit")
def edit(actor: Actor) -> Done:
    message = actor.target("in")
    if message.edits >= MOST_EDITS or message.text is None or message.direction != "in":
        raise Impossible("only one's own text can be edited, at most five times")
    new = actor.text(f"{message.text} (edited)") or ""
    count = messages.edit(actor.world.store, message.mid, new)
    return _told(actor, message, "message_edit", message_edit={"mid": message.mid, "text": new, "num_edit": count})


@kind("react")
def react(actor: Actor) -> Done:
    """A reaction, by default a heart on the account's last message (or the person's own)."""
    message = _reachable(actor)
    name = str(actor.details.get("reaction") or "love")
    emoji = str(actor.details.get("emoji") or EMOJI.get(name, "\U0001f525"))
    reaction = {"reaction": name if name in EMOJI else "other", "emoji": emoji}
    messages.react(actor.world.store, message, actor.who.igsid, reaction)
    return _told(actor, message, "message_reactions", reaction={"mid": message.mid, "action": "react", **reaction})


@kind("unreact")
def unreact(actor: Actor) -> Done:
    message = _reachable(actor)
    messages.react(actor.world.store, message, actor.who.igsid, None)
    return _told(actor, message, "message_reactions", reaction={"mid": message.mid, "action": "unreact"})


@kind("read")
def read(actor: Actor) -> Done:
    message = actor.target("out")
    messages.read(actor.world.store, message, actor.at)
    return _told(actor, message, "messaging_seen", read={"mid": message.mid})


@kind("read_watermark")
def read_watermark(actor: Actor) -> Done:
    message = actor.target("out")
    messages.read(actor.world.store, message, actor.at)
    return _told(actor, message, "messaging_seen", read={"watermark": message.at})


@kind("postback")
def postback(actor: Actor) -> Done:
    """A tap on an ice breaker or a button; to the platform it is a message with the button's title."""
    title = actor.text("Where is my order?")
    done = write(actor, text=title)
    tapped = {"title": title, "payload": str(actor.details.get("payload") or "ICE_ORDER")}
    if "mid" not in actor.details.get("omit", ()):
        tapped = {"mid": done.ids["mid"], **tapped}
    return Done(_alone(actor, "messaging_postbacks", done.ids["mid"], postback=tapped), done.ids)


@kind("referral")
def referral(actor: Actor) -> Done:
    """Someone came by a link, without writing yet."""
    what = {
        "ref": str(actor.details.get("ref") or "summer"),
        "source": "IGME-SOURCE-LINK",
        "type": "OPEN_THREAD",
    }
    return Done(_alone(actor, "messaging_referral", ids.number(), referral=what))


@kind("optin")
def optin(actor: Actor) -> Done:
    what = {"type": "notification_messages", "payload": "NEWS", "title": "News"}
    return Done(_alone(actor, "messaging_optins", ids.number(), optin=what))


@kind("no_event_key")
def no_event_key(actor: Actor) -> Done:
    """An item with nothing but its sides and its time."""
    return Done(_alone(actor, "messages", ids.number()))


def _handover(name: str, **what: str) -> None:
    def doing(actor: Actor) -> Done:
        content = {name: {**what, "metadata": "sandbox"}}
        return Done(_alone(actor, "messaging_handover", ids.number(), **content))

    KINDS[name] = doing


_handover("pass_thread_control", previous_owner_app_id="111", new_owner_app_id="222")
_handover("take_thread_control", previous_owner_app_id="222", new_owner_app_id="111")
_handover("request_thread_control", requested_owner_app_id="222")


def _reachable(actor: Actor) -> Message:
    try:
        return actor.target("out")
    except Impossible:
        return actor.target("in")


def _told(actor: Actor, about: Message, field: str, **what: Any) -> Done:
    return Done(_alone(actor, field, about.mid, **what), {"mid": about.mid})


def _alone(actor: Actor, field: str, ref: str, **what: Any) -> Event:
    value = items.item(actor.account.user_id, actor.who.igsid, actor.at, **what)
    return Event(actor.account.user_id, field, value, actor.at, ref)
