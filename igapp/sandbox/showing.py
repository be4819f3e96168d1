"""What a person sees on the phone: the platform's rows put into words for the page."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from igapp.sandbox import looking, messages, people, posts
from igapp.sandbox.messages import Message
from igapp.sandbox.people import Account, Identity
from igapp.sandbox.posts import Comment, Post
from igapp.sandbox.world import World

MOST_BUBBLES = 80
SECOND, MINUTE, HOUR, DAY = 1, 60, 3600, 86400
NAMES = {
    "like_heart": "A heart",
    "ephemeral": "A photo to view once",
    "unsupported_type": "Something the API cannot show",
    "fallback": "A link",
    "template": "A template",
    "share": "A shared post",
    "ig_post": "A shared post",
    "ig_reel": "A shared reel",
    "story_mention": "Mentioned the account in a story",
    "ig_story": "A shared story",
    "file": "A file",
}


@dataclass(frozen=True)
class Picture:
    """Something to look at: the address is on this host, `shown_as` is image, video, audio or link."""

    address: str
    shown_as: str
    name: str


@dataclass(frozen=True)
class Bubble:
    id: str
    is_mine: bool
    is_gone: bool
    text: str | None
    quote: str | None
    pictures: list[Picture]
    reactions: str
    notes: list[str]
    meta: str


@dataclass(frozen=True)
class Below:
    """A comment on the phone, and the replies below it."""

    comment: Comment
    author: str
    notes: list[str]
    meta: str
    replies: list["Below"]


def bubbles(world: World, account: Account, person: Identity) -> list[Bubble]:
    """The newest messages of the thread, oldest first."""
    found = messages.of_thread(world.store, account.user_id, person.igsid, MOST_BUBBLES, unsent=True)
    return [_bubble(world, message) for message in reversed(found)]


def threads_of_comments(world: World, account: Account, person: Identity) -> list[tuple[Post, list[Below]]]:
    """The posts that the person commented on, with those comments, the newest post first."""
    every = [one for one in posts.every(world.store) if one.account == account.user_id]
    mine = [one for one in every if one.person == person.person and one.parent_id is None]
    on_posts = [post for post in posts.of_account(world.store, account.user_id) if _any(mine, post)]
    return [(post, [_below(world, one, every) for one in mine if one.post == post.id]) for post in on_posts]


def ago(world: World, at: int) -> str:
    seconds = max(0, (world.clock.now() - at) // 1000)
    for unit, word in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= unit:
            return f"{seconds // unit} {word} ago"
    return "just now"


def told(deliveries: list[dict[str, Any]]) -> str:
    """How the product heard of it: `Delivered · 1 webhook, 200 in 9 ms`."""
    if not deliveries:
        return "No webhook"
    last, count = deliveries[-1], len(deliveries)
    webhooks = f"{count} webhook{'s' if count > 1 else ''}"
    if all(one["state"] == "delivered" for one in deliveries):
        return f"Delivered · {webhooks}, 200 in {last['ms']:.0f} ms"
    waiting = next(one for one in deliveries if one["state"] != "delivered")
    if not waiting["attempts"]:
        return f"On its way · {webhooks}"
    status = waiting["status"] or "no answer"
    word = "Given up" if waiting["state"] == "dropped" else "Trying again"
    return f"{word} · {webhooks}, {status} at attempt {waiting['attempts']}"


def _bubble(world: World, message: Message) -> Bubble:
    is_mine = message.direction == "in"
    heard = told(looking.told(world, message.mid)) if is_mine else ""
    meta = " · ".join(part for part in (heard, ago(world, message.at)) if part)
    return Bubble(
        id=f"m-{message.mid[-40:]}",
        is_mine=is_mine,
        is_gone=message.is_deleted,
        text=_text(message),
        quote=_quote(world, message),
        pictures=[picture for one in message.attachments if (picture := _picture(one))],
        reactions=" ".join(one["emoji"] for one in message.reactions.values()),
        notes=_notes(message),
        meta=meta,
    )


def _text(message: Message) -> str | None:
    if message.is_deleted:
        return "Message was unsent"
    if message.extras.get("is_unsupported"):
        return "Something that the API cannot tell"
    return message.text


def _quote(world: World, message: Message) -> str | None:
    reply_to = message.extras.get("reply_to", {})
    if "story" in reply_to:
        return "Reply to a story"
    quoted = messages.get(world.store, reply_to.get("mid", ""))
    return (quoted.text or "An earlier message") if quoted else None


def _notes(message: Message) -> list[str]:
    notes = {
        "from the Instagram app": message.via == "app",
        "private reply to a comment": message.via == "private_reply",
        "human agent": message.tag is not None,
        "edited": message.edits > 0,
        "seen": message.read_at is not None,
    }
    return [note for note, is_so in notes.items() if is_so]


def _picture(attachment: dict[str, Any]) -> Picture | None:
    kind, payload = attachment["type"], attachment.get("payload")
    url = payload.get("url", "") if isinstance(payload, dict) else ""
    if not parse_qs(urlsplit(url).query).get("asset_id"):
        return Picture("", "name", NAMES.get(kind, kind))
    address = f"/ig_messaging_cdn/?{urlsplit(url).query}"
    shown = {"video": "video", "ig_reel": "video", "audio": "audio", "file": "link"}.get(kind, "image")
    return Picture(address, shown, NAMES.get(kind, kind.capitalize()))


def _any(comments: list[Comment], post: Post) -> bool:
    return any(comment.post == post.id for comment in comments)


def _below(world: World, comment: Comment, every: list[Comment]) -> Below:
    notes = {
        "hidden": comment.is_hidden,
        "deleted": comment.is_deleted,
        "answered in private": comment.private_reply_mid is not None,
    }
    person = comment.person is not None
    heard = told(looking.told(world, comment.id)) if person else ""
    return Below(
        comment=comment,
        author=_author(world, comment),
        notes=[note for note, is_so in notes.items() if is_so],
        meta=" · ".join(part for part in (heard, ago(world, comment.at)) if part),
        replies=[_below(world, one, every) for one in every if one.parent_id == comment.id],
    )


def _author(world: World, comment: Comment) -> str:
    known = people.identity(world.store, comment.account, comment.person) if comment.person else None
    return (known.name if known else None) or comment.username
