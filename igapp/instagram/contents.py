"""What an event says, as frozen values; past the parser there are no dicts of Meta's."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Attachment:
    """One attachment, its kind in Meta's words; what is shown of it is settled later."""

    kind: str
    url: str | None = None
    title: str | None = None
    media_id: str | None = None
    """The shared post's or reel's id; equal in the two attachments of one share."""
    is_sticker: bool = False
    subtitle: str | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """The story that a message answers."""

    story_id: str | None
    url: str | None
    link_url: str | None = None


@dataclass(frozen=True, slots=True)
class Referral:
    """How somebody came to the thread: a link, an ad, a product."""

    ref: str | None = None
    source: str | None = None
    kind: str | None = None
    ad_id: str | None = None
    ad_title: str | None = None
    photo_url: str | None = None
    video_url: str | None = None
    product_id: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A message in either direction."""

    mid: str | None
    text: str | None = None
    attachments: tuple[Attachment, ...] = ()
    reply_to: str | None = None
    story: Story | None = None
    quick_reply: str | None = None
    referral: Referral | None = None
    is_unsupported: bool = False
    is_self: bool = False


@dataclass(frozen=True, slots=True)
class Unsend:
    """A message was taken back; its content does not come along."""

    mid: str | None


@dataclass(frozen=True, slots=True)
class Edit:
    """A message's new text; without text and with count 0 it is all that comes of some new messages."""

    mid: str | None
    text: str | None
    count: int | None


@dataclass(frozen=True, slots=True)
class Reaction:
    """An emoji on a message, or its removal; one person has one per message."""

    mid: str | None
    emoji: str | None
    is_removed: bool
    action: str


@dataclass(frozen=True, slots=True)
class Read:
    """Everything that we sent up to this message, or up to this moment, was seen."""

    mid: str | None
    watermark: datetime | None


@dataclass(frozen=True, slots=True)
class Postback:
    """A tap on an ice breaker, a menu or a button."""

    mid: str | None
    title: str | None
    payload: str | None
    referral: Referral | None
    is_self: bool = False


@dataclass(frozen=True, slots=True)
class Handover:
    """Another app took, gave or wants the thread."""

    verb: str


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on a post, reel, ad, story or broadcast of ours."""

    comment_id: str | None = None
    text: str | None = None
    author_id: str | None = None
    username: str | None = None
    parent_id: str | None = None
    media_id: str | None = None
    product: str | None = None
    caption: str | None = None
    ad_id: str | None = None
    ad_title: str | None = None
    original_media_id: str | None = None
    is_live: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that we have no word for; the raw event stays in the ledger."""

    name: str


@dataclass(frozen=True, slots=True)
class Test:
    """The dashboard's Test button."""

    __test__ = False


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Signed bytes that are no JSON."""


Content = (
    Message | Unsend | Edit | Reaction | Read | Postback | Referral | Handover | Comment | Unknown | Test | Unreadable
)
