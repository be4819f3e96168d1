"""Reads one item of a delivery, in whichever envelope it came, into what it says."""

from collections.abc import Callable, Mapping
from typing import Any

from igapp.instagram import tolerant as read
from igapp.instagram.contents import (
    Attachment,
    Comment,
    Content,
    Edit,
    Handover,
    Message,
    Postback,
    Reaction,
    Read,
    Referral,
    Story,
    Unknown,
    Unsend,
)

Json = Mapping[str, Any]

EMOJI = {
    "love": "❤️", "heart": "❤️", "like": "👍", "dislike": "👎", "laugh": "😆", "smile": "😆", "wow": "😮",
    "sad": "😢", "angry": "😠",
}  # fmt: skip
"""Meta's names of reactions, where no emoji comes along."""
HEART = "❤️"

_ENVELOPE = {"sender", "recipient", "timestamp", "is_self", "is_echo", "hop_context"}


def messaging(item: Json) -> Content:
    """Read a `messaging` item: the first event key that it has."""
    for key, reader in _READERS.items():
        if isinstance(item.get(key), dict):
            return reader(item[key], item)
    names = [key for key in item if key not in _ENVELOPE]
    return Unknown(read.clean(names[0])[:100] if names else "")


def comment(value: Json, *, is_live: bool) -> Comment:
    """Read the value of a `comments` or `live_comments` change; any part of it may be missing."""
    media, author = read.mapping(value.get("media")), read.mapping(value.get("from"))
    return Comment(
        comment_id=read.identifier(value.get("id")) or read.identifier(value.get("comment_id")),
        text=read.text(value.get("text")),
        author_id=read.identifier(author.get("id")),
        username=read.name(author.get("username")) or read.name(value.get("username")),
        parent_id=read.identifier(value.get("parent_id")),
        media_id=read.identifier(media.get("id")) or read.identifier(value.get("media_id")),
        product=read.text(media.get("media_product_type")),
        caption=read.text(media.get("caption")),
        ad_id=read.identifier(media.get("ad_id")),
        ad_title=read.text(media.get("ad_title")),
        original_media_id=read.identifier(media.get("original_media_id")),
        is_live=is_live or media.get("media_product_type") == "IG_LIVE",
    )


def attachments(values: Any) -> tuple[Attachment, ...]:
    """Read attachments; one share that comes as two (`share` and `ig_post`) is one."""
    found = [_attachment(value) for value in read.listed(values)]
    posts = {name for one in found if one.kind == "ig_post" for name in (one.media_id, one.url)} - {None}
    return tuple(one for one in found if one.kind != "share" or not {one.media_id, one.url} & posts)


def _message(value: Json, item: Json) -> Content:
    mid = read.identifier(value.get("mid"))
    if read.flag(value.get("is_deleted")):
        return Unsend(mid)
    reply_to = read.mapping(value.get("reply_to"))
    return Message(
        mid=mid,
        text=read.text(value.get("text")),
        attachments=attachments(value.get("attachments")),
        reply_to=read.identifier(reply_to.get("mid")),
        story=_story(reply_to.get("story")),
        quick_reply=_payload(read.mapping(value.get("quick_reply")).get("payload")),
        referral=_referral(value.get("referral") or item.get("referral")),
        is_unsupported=read.flag(value.get("is_unsupported")),
        is_self=read.flag(value.get("is_self")) or read.flag(item.get("is_self")),
    )


def _attachment(value: Any) -> Attachment:
    outer = read.mapping(value)
    inner = read.mapping(outer.get("payload"))
    element = _first_element(inner)
    return Attachment(
        kind=(read.text(outer.get("type")) or "unknown")[:60],
        url=read.url(inner.get("url")) or read.url(outer.get("url")) or read.url(element.get("image_url")),
        title=read.text(inner.get("title")) or read.text(outer.get("title")) or read.text(element.get("title")),
        media_id=read.identifier(inner.get("ig_post_media_id")) or read.identifier(inner.get("reel_video_id")),
        is_sticker=inner.get("sticker_id") is not None,
        subtitle=read.text(element.get("subtitle")),
    )


def _first_element(payload: Json) -> Json:
    """Find a template's first card: {"generic": {"elements": […]}}, {"product": …} or {"elements": […]}."""
    for holder in (payload, *payload.values()):
        elements = read.listed(read.mapping(holder).get("elements"))
        if elements:
            return read.mapping(elements[0])
    return {}


def _story(value: Any) -> Story | None:
    if not isinstance(value, dict):
        return None
    return Story(read.identifier(value.get("id")), read.url(value.get("url")), read.url(value.get("link_sticker_url")))


def _referral(value: Any) -> Referral | None:
    if not isinstance(value, dict) or not value:
        return None
    ad = read.mapping(value.get("ads_context_data"))
    return Referral(
        ref=_payload(value.get("ref")),
        source=read.text(value.get("source")),
        kind=read.text(value.get("type")),
        ad_id=read.identifier(value.get("ad_id")),
        ad_title=read.text(ad.get("ad_title")),
        photo_url=read.url(ad.get("photo_url")),
        video_url=read.url(ad.get("video_url")),
        product_id=read.party(value.get("product")),
    )


def _edit(value: Json, _item: Json) -> Content:
    return Edit(read.identifier(value.get("mid")), read.text(value.get("text")), read.number(value.get("num_edit")))


def _reaction(value: Json, _item: Json) -> Content:
    action = (read.text(value.get("action")) or "react")[:20]
    emoji = read.text(value.get("emoji")) or EMOJI.get(str(value.get("reaction")).lower(), HEART)
    is_removed = action == "unreact"
    return Reaction(read.identifier(value.get("mid")), None if is_removed else emoji[:32], is_removed, action)


def _read(value: Json, _item: Json) -> Content:
    return Read(read.identifier(value.get("mid")), read.moment(value.get("watermark")))


def _postback(value: Json, item: Json) -> Content:
    return Postback(
        mid=read.identifier(value.get("mid")),
        title=read.text(value.get("title")),
        payload=_payload(value.get("payload")),
        referral=_referral(value.get("referral") or item.get("referral")),
        is_self=read.flag(item.get("is_self")),
    )


def _lone_referral(value: Json, _item: Json) -> Content:
    return _referral(value) or Unknown("referral")


def _payload(value: Any) -> str | None:
    found = read.text(value)
    return found[:1000] if found else None


def _handover(verb: str) -> Callable[[Json, Json], Content]:
    return lambda _value, _item: Handover(verb)


_READERS: dict[str, Callable[[Json, Json], Content]] = {
    "message": _message,
    "postback": _postback,
    "reaction": _reaction,
    "read": _read,
    "message_edit": _edit,
    "referral": _lone_referral,
    **{
        verb: _handover(verb)
        for verb in ("pass_thread_control", "take_thread_control", "request_thread_control", "app_roles")
    },
}
