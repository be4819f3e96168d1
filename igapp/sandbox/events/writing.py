"""Direct messages that a person sends: words, pictures and everything else that fits in one."""

from collections.abc import Callable
from typing import Any

from igapp.sandbox import assets, ids, messages
from igapp.sandbox.events.kinds import KINDS, Actor, Done, kind
from igapp.sandbox.messages import Message
from igapp.sandbox.webhooks import items

Attachments = list[dict[str, Any]]
MOST_IMAGES = 30
STICKER = 369239263222822


def write(actor: Actor, *, text: str | None = None, attachments: Attachments | None = None, **extras: Any) -> Done:
    """Store a message of the person and make its event."""
    message = Message(
        mid=actor.new_mid(),
        account=actor.account.user_id,
        igsid=actor.who.igsid,
        direction="in",
        via="person",
        at=actor.at,
        text=text,
        attachments=attachments or [],
        extras=extras,
    )
    messages.add(actor.world.store, message)
    return Done(items.event(message), {"mid": message.mid})


@kind("text")
def text(actor: Actor) -> Done:
    return write(actor, text=actor.text("Hello! Is the green couch back in stock?"))


@kind("reply")
def reply(actor: Actor) -> Done:
    """An answer that quotes a message, by default the account's last one."""
    quoted = actor.target("out")
    return write(actor, text=actor.text("Yes, that one"), reply_to={"mid": quoted.mid})


@kind("image")
def image(actor: Actor) -> Done:
    count = min(int(actor.details.get("count") or 1), MOST_IMAGES)
    return write(actor, text=actor.text(), attachments=[_file(actor, "image") for _ in range(count)])


@kind("album")
def album(actor: Actor) -> Done:
    return write(actor, attachments=[_file(actor, "image") for _ in range(3)])


def _file(actor: Actor, declared: str, made: str | None = None) -> dict[str, Any]:
    address = assets.make(actor.world, made or declared)
    return {"type": declared, "payload": {"url": address}}


def _one(declared: str, made: str | None = None) -> Callable[[Actor], Done]:
    def doing(actor: Actor) -> Done:
        return write(actor, text=actor.text(), attachments=[_file(actor, declared, made)])

    return doing


KINDS["video"] = _one("video")
KINDS["audio"] = _one("audio")
KINDS["file"] = _one("file")
KINDS["gif"] = _one("image", "gif")
KINDS["mislabelled"] = _one("image", "video")
KINDS["unsupported_type"] = _one("unsupported_type", "image")


@kind("sticker")
def sticker(actor: Actor) -> Done:
    attachment = _file(actor, "image", "sticker")
    attachment["payload"]["sticker_id"] = STICKER
    return write(actor, attachments=[attachment])


def _bare(declared: str) -> Callable[[Actor], Done]:
    return lambda actor: write(actor, attachments=[{"type": declared}])


KINDS["like_heart"] = _bare("like_heart")
KINDS["ephemeral"] = _bare("ephemeral")


@kind("fallback")
def fallback(actor: Actor) -> Done:
    """An attachment whose payload is a string, and one of a type that nobody knows."""
    made_up: Attachments = [{"type": "fallback", "payload": "https://shop.example/couch", "title": "Couch"}]
    return write(actor, text=actor.text(), attachments=made_up)


@kind("unknown_type")
def unknown_type(actor: Actor) -> Done:
    return write(actor, attachments=[{"type": "hologram", "payload": {"depth": 3}}])


@kind("unsupported")
def unsupported(actor: Actor) -> Done:
    return write(actor, is_unsupported=True)


def _shared(actor: Actor) -> dict[str, Any]:
    return {
        "ig_post_media_id": ids.number("181"),
        "title": actor.text("Look at this couch \U0001f49a"),
        "url": assets.make(actor.world, "image"),
    }


@kind("share")
def share(actor: Actor) -> Done:
    """A shared post as it came until early 2026: an attachment without a media id."""
    payload = {"url": assets.make(actor.world, "image")}
    return write(actor, attachments=[{"type": "share", "payload": payload}])


@kind("post")
def post(actor: Actor) -> Done:
    """One shared post that arrives as two attachments."""
    payload = _shared(actor)
    return write(actor, attachments=[{"type": name, "payload": payload} for name in ("share", "ig_post")])


@kind("ig_post")
def ig_post(actor: Actor) -> Done:
    return write(actor, attachments=[{"type": "ig_post", "payload": _shared(actor)}])


@kind("reel")
def reel(actor: Actor) -> Done:
    payload = {
        "reel_video_id": ids.number("180"),
        "title": actor.text("How a lamp is made \U0001f4a1"),
        "url": assets.make(actor.world, "video"),
    }
    return write(actor, attachments=[{"type": "ig_reel", "payload": payload}])


@kind("reel_page")
def reel_page(actor: Actor) -> Done:
    """A reel whose address is a web page, not a film."""
    payload = {"url": "https://www.instagram.com/reel/DWJ5EUSample/", "title": actor.text("funny cat")}
    return write(actor, attachments=[{"type": "ig_reel", "payload": payload}])


@kind("story_mention")
def story_mention(actor: Actor) -> Done:
    address = assets.make(actor.world, str(actor.details.get("media") or "image"), is_story=True, at=actor.at)
    return write(actor, attachments=[{"type": "story_mention", "payload": {"url": address}}])


@kind("story_share")
def story_share(actor: Actor) -> Done:
    address = assets.make(actor.world, "image", is_story=True, at=actor.at)
    return write(actor, attachments=[{"type": "ig_story", "payload": {"url": address}}])


@kind("story_reply")
def story_reply(actor: Actor) -> Done:
    """An answer to one of the account's stories; `post` names which, `sticker_link` its link."""
    story: dict[str, Any] = {
        "url": assets.make(actor.world, "image", is_story=True, at=actor.at),
        "id": str(actor.details.get("post") or ids.number("179")),
    }
    if actor.details.get("sticker_link"):
        story["link_sticker_url"] = str(actor.details["sticker_link"])
    return write(actor, text=actor.text("love this!"), reply_to={"story": story})


@kind("quick_reply")
def quick_reply(actor: Actor) -> Done:
    payload = str(actor.details.get("payload") or "COLOR_BLUE")
    return write(actor, text=actor.text("Blue"), quick_reply={"payload": payload})


@kind("ad_referral")
def ad_referral(actor: Actor) -> Done:
    """A first message after a tap on an ad."""
    context = {"ad_title": "Spring", "photo_url": assets.make(actor.world, "image")}
    referral = {
        "ref": str(actor.details.get("ref") or "spring-sale"),
        "ad_id": "120210000000001",
        "source": "ADS",
        "type": "OPEN_THREAD",
        "ads_context_data": context,
    }
    return write(actor, text=actor.text("Is it on sale?"), referral=referral)


@kind("product_referral")
def product_referral(actor: Actor) -> Done:
    return write(actor, text=actor.text("This one?"), referral={"product": {"id": "5551"}})
