"""One item of the timeline in words: its accessible name, its state, what it quotes, what may be done with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from igapp import utc
from igapp.desk import timeline
from igapp.models import Attachment, AttachmentKind, Customer, Item, ItemKind, MediaState, SendState
from igapp.web import menus, times
from igapp.web.menus import Act
from igapp.web.states import State, on_its_way

STORY_HOURS = 24
"""Instagram: a story lives so long; of a story that was answered we know no better moment than the answer's."""


@dataclass(frozen=True)
class Look:
    """What the rows of one page have in common."""

    customer: Customer
    viewer_id: int
    now: datetime
    quoted: Mapping[str, Item]
    last_seen_id: int | None
    waiting: Mapping[int, datetime]
    """Since when something waits for an answer, by session, for the sessions of the page's items."""


@dataclass(frozen=True)
class Story:
    """A story is never copied: the browser loads Instagram's own, as long as it is there (SPEC 3.3)."""

    url: str | None
    """None when it is gone."""
    left: str = ""


@dataclass(frozen=True)
class Row:
    """An item ready for its template."""

    item: Item
    name: str
    state: State | None
    quote: str | None
    may: frozenset[str]
    """The entries of its menu."""
    acts: tuple[Act, ...]
    """What is being done to it, or could not be done."""
    story: "Story | None"
    """The story that it mentions or answers."""

    @property
    def is_event(self) -> bool:
        return self.item.kind in (ItemKind.EVENT, ItemKind.REFERRAL)

    @property
    def is_note(self) -> bool:
        return self.item.kind == ItemKind.NOTE

    @property
    def is_mention(self) -> bool:
        return self.item.kind == ItemKind.STORY_MENTION

    @property
    def is_liked(self) -> bool:
        return menus.is_liked(self.item)

    @property
    def deleted_words(self) -> str:
        """What stands where the content was."""
        return timeline.preview(self.item)


def row(item: Item, look: Look) -> Row:
    """Put one item into words."""
    return Row(
        item=item,
        name=_name(item, look),
        state=_state(item, look),
        quote=_quote(item, look),
        may=menus.entries(item, look.now, _waits(item, look)),
        acts=menus.acts(item),
        story=_story(item, look.now),
    )


def _name(item: Item, look: Look) -> str:
    """CONTRACT: the names of articles."""
    who, author = look.customer.display_name, item.author.name if item.author else "us"
    names = {
        ItemKind.STORY_MENTION: f"{who} mentioned",
        ItemKind.COMMENT: f"Comment from {who}",
        ItemKind.LIVE_COMMENT: f"Live comment from {who}",
        ItemKind.REPLY: f"Reply by {author}",
        ItemKind.ECHO: "Sent from Instagram",
        ItemKind.AUTO_REPLY: "Automatic reply",
        ItemKind.COMMENT_REPLY: f"Comment reply by {author}",
        ItemKind.PRIVATE_REPLY: f"Private reply by {author}",
        ItemKind.NOTE: f"Note by {author}",
        ItemKind.REFERRAL: _referral(item, who),
    }
    if item.kind == ItemKind.EVENT:
        return timeline.sentence(item, look.viewer_id)
    return names.get(item.kind, f"Message from {who}")


def _referral(item: Item, who: str) -> str:
    facts = item.details.get("referral") or {}
    if facts.get("ad_title") or facts.get("source") == "ADS":
        return f"{who} came from an ad" + (f": {facts['ad_title']}" if facts.get("ad_title") else "")
    return f"{who} came by a link" + (f" ({facts['ref']})" if facts.get("ref") else "")


def _state(item: Item, look: Look) -> State | None:
    send = item.send
    if not item.is_ours or item.kind == ItemKind.NOTE or item.is_deleted:
        return None
    if send is None or send.state == SendState.SENT:
        return _sent(item, look)
    return on_its_way(send)


def _sent(item: Item, look: Look) -> State | None:
    if item.id == look.last_seen_id:
        return State("Seen", at=item.seen_at)
    return State("Sent") if item.seen_at is None and item.kind != ItemKind.ECHO else None


def _quote(item: Item, look: Look) -> str | None:
    mid = item.details.get("reply_to")
    if not mid:
        return None
    quoted = look.quoted.get(str(mid))
    return timeline.preview(quoted) if quoted else "An earlier message"


def _waits(item: Item, look: Look) -> bool:
    since = look.waiting.get(item.session_id or 0)
    return item.wants_answer and not item.is_deleted and since is not None and since <= item.at


def _story(item: Item, now: datetime) -> Story | None:
    if item.is_deleted or item.kind not in (ItemKind.STORY_MENTION, ItemKind.STORY_REPLY):
        return None
    shown = next((one for one in item.attachments if is_story(item, one)), None)
    url = shown.url if shown else (item.details.get("story") or {}).get("url")
    ends_at = (shown.expires_at if shown else None) or item.at + utc.hours(STORY_HOURS)
    is_lost = shown is not None and shown.state in (MediaState.EXPIRED, MediaState.FAILED)
    if is_lost or not url or ends_at <= now:
        return Story(None)
    return Story(url, times.span((ends_at - now).total_seconds()))


def is_story(item: Item, attachment: Attachment) -> bool:
    """Whether an attachment is the story that the item mentions or answers."""
    return attachment.kind == AttachmentKind.STORY or item.kind == ItemKind.STORY_MENTION
