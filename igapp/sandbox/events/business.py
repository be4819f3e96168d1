"""What somebody of the company does in the Instagram app, past the product."""

from igapp.sandbox import assets, ids, messages
from igapp.sandbox.events.kinds import Actor, Done, kind
from igapp.sandbox.messages import Message
from igapp.sandbox.webhooks import items
from igapp.sandbox.webhooks.envelope import Event


@kind("app_message")
def app_message(actor: Actor) -> Done:
    """A message sent from the app: the product hears its echo. With `count`, so many images."""
    count = int(actor.details.get("count") or 0)
    images = [{"type": "image", "payload": {"url": assets.make(actor.world, "image")}} for _ in range(count)]
    message = Message(
        mid=actor.new_mid(),
        account=actor.account.user_id,
        igsid=actor.who.igsid,
        direction="out",
        via="app",
        at=actor.at,
        text=actor.text(None if images else "We ship on Monday."),
        attachments=images,
    )
    messages.add(actor.world.store, message)
    return Done(items.event(message), {"mid": message.mid})


@kind("app_unsend")
def app_unsend(actor: Actor) -> Done:
    """The company takes one of its own messages back."""
    message = actor.target("out")
    messages.unsend(actor.world.store, message.mid)
    gone = {"mid": message.mid, "is_deleted": True, "is_echo": True}
    value = items.own_item(message.account, message.igsid, actor.at, message=gone)
    return Done(Event(message.account, "messages", value, actor.at, message.mid), {"mid": message.mid})


@kind("app_react")
def app_react(actor: Actor) -> Done:
    """A heart given by the company in the app."""
    message = actor.target("in")
    reaction = {"reaction": "love", "emoji": "\u2764\ufe0f"}
    messages.react(actor.world.store, message, actor.account.user_id, reaction)
    told = {"mid": message.mid, "action": "react", **reaction}
    value = items.own_item(message.account, message.igsid, actor.at, reaction=told)
    return Done(Event(message.account, "message_reactions", value, actor.at, message.mid), {"mid": message.mid})


@kind("self_message")
def self_message(actor: Actor) -> Done:
    """The account writes to itself."""
    ours, mid = actor.account, ids.message_id(actor.account.user_id, actor.account.self_igsid)
    content = {"mid": mid, "text": actor.text("note"), "is_echo": True, "is_self": True}
    value = items.own_item(ours.user_id, ours.self_igsid, actor.at, message=content)
    return Done(Event(ours.user_id, "messages", value, actor.at, mid), {"mid": mid})
