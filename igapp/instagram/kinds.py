"""What a message is shown as: Meta's words for kinds become the timeline's."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from igapp.desk.arrivals import Arrival, ArrivedAttachment
from igapp.instagram import contents as say
from igapp.instagram.events import HISTORY
from igapp.models import AttachmentKind, ItemKind

KINDS = {
    "image": AttachmentKind.IMAGE,
    "video": AttachmentKind.VIDEO,
    "audio": AttachmentKind.AUDIO,
    "file": AttachmentKind.FILE,
    "share": AttachmentKind.SHARE,
    "fallback": AttachmentKind.SHARE,
    "post": AttachmentKind.POST,
    "ig_post": AttachmentKind.POST,
    "reel": AttachmentKind.REEL,
    "ig_reel": AttachmentKind.REEL,
    "story": AttachmentKind.STORY,
    "ig_story": AttachmentKind.STORY,
    "story_mention": AttachmentKind.STORY,
    "like_heart": AttachmentKind.LIKE,
    "template": AttachmentKind.TEMPLATE,
    "ephemeral": AttachmentKind.VIEW_ONCE,
}
"""Meta's attachment types (META 3.2); any other is shown as unsupported, with its own word."""
EMPTY = "empty"
"""The raw kind of a message with nothing in it."""


def arrival(
    message: say.Message, at: datetime, *, is_ours: bool, is_standby: bool = False, recovered: str | None = None
) -> Arrival:
    """Return what the desk is told of a message in either direction; history asks for no answer any more."""
    attached = tuple(_attachment(one) for one in message.attachments)
    kind = _kind(message, attached)
    return Arrival(
        kind=ItemKind.ECHO if is_ours else kind,
        platform_id=message.mid,
        at=at,
        text=message.text,
        details=_details(message, kind, is_standby=is_standby),
        attachments=attached,
        wants_answer=recovered != HISTORY,
        is_recovered=recovered is not None,
    )


def postback(tap: say.Postback, at: datetime) -> Arrival:
    """Return what the desk is told of a tap on an ice breaker, menu or button."""
    details: dict[str, Any] = {"postback": {"title": tap.title, "payload": tap.payload}}
    if tap.referral:
        details["referral"] = _facts(tap.referral)
    return Arrival(ItemKind.POSTBACK, tap.mid, at, text=tap.title or tap.payload, details=details)


def lone_referral(referral: say.Referral, at: datetime) -> Arrival:
    """Return what the desk is told of somebody who came by a link or an ad and has not written yet."""
    return Arrival(ItemKind.REFERRAL, None, at, details={"referral": _facts(referral)}, wants_answer=False)


def _kind(message: say.Message, attached: tuple[ArrivedAttachment, ...]) -> ItemKind:
    if any(one.raw_kind == "story_mention" for one in attached):
        return ItemKind.STORY_MENTION
    if message.story is not None:
        return ItemKind.STORY_REPLY
    is_shown = message.text or any(one.kind != AttachmentKind.UNSUPPORTED for one in attached)
    return ItemKind.MESSAGE if is_shown else ItemKind.UNSUPPORTED


def _details(message: say.Message, kind: ItemKind, *, is_standby: bool) -> dict[str, Any]:
    details: dict[str, Any] = {}
    if message.reply_to:
        details["reply_to"] = message.reply_to
    if message.story:
        details["story"] = {"id": message.story.story_id, "url": message.story.url, "link": message.story.link_url}
    if message.quick_reply:
        details["quick_reply"] = message.quick_reply
    if message.referral:
        details["referral"] = _facts(message.referral)
    if kind == ItemKind.UNSUPPORTED:
        details["raw_kind"] = message.attachments[0].kind if message.attachments else EMPTY
    if is_standby:
        details["is_standby"] = True
    return details


def _attachment(attachment: say.Attachment) -> ArrivedAttachment:
    kind = KINDS.get(attachment.kind, AttachmentKind.UNSUPPORTED)
    if attachment.is_sticker and kind == AttachmentKind.IMAGE:
        kind = AttachmentKind.STICKER
    facts = {"media_id": attachment.media_id, "subtitle": attachment.subtitle}
    return ArrivedAttachment(
        kind=kind,
        raw_kind=attachment.kind,
        url=attachment.url,
        title=attachment.title,
        details={name: value for name, value in facts.items() if value},
    )


def _facts(referral: say.Referral) -> dict[str, str]:
    return {name: value for name, value in asdict(referral).items() if value}
