"""The timeline as a page shows it: items as rows, comments under the card of their post, separators in between."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from igapp import utc
from igapp.desk import profiles, timeline
from igapp.models import Conversation, Customer, Item, ItemKind, Post, SendState
from igapp.web import rows
from igapp.web.keys import Key, written
from igapp.web.rows import Row

NEWEST_AT_MOST = 400
"""An open page asks for everything since it was opened; beyond so many items it starts over."""

BEGINNING: Key = (utc.EPOCH, 0)
"""Where a stretch begins that has nothing before it: what comes late may stand before its first item."""

COMMENTS = (ItemKind.COMMENT, ItemKind.LIVE_COMMENT, ItemKind.COMMENT_REPLY)
"""Kinds that lie on a post's card."""


@dataclass(frozen=True)
class Separator:
    """Where another conversation begins."""

    conversation: Conversation
    closed_by: str | None


@dataclass(frozen=True)
class Card:
    """Consecutive comments on one post, with the replies to them."""

    post: Post | None
    name: str
    rows: list[Row] = field(default_factory=list)


@dataclass(frozen=True)
class Segment:
    """A stretch of the timeline that is fetched again as a whole, and the way to what is older."""

    customer_id: int
    blocks: Sequence[Row | Card | Separator]
    since: Key
    before: Key | None
    has_older: bool
    newest_id: int
    """The greatest number of its items: what came last, wherever it stands."""

    @property
    def id(self) -> str:
        """The id of its element."""
        return f"until-{written(self.before)}" if self.before else "newest"

    @property
    def since_key(self) -> str:
        """Where it begins, for URLs."""
        return written(self.since)

    @property
    def url(self) -> str:
        """Where it is fetched again."""
        keys = [f"{name}={written(key)}" for name, key in (("since", self.since), ("before", self.before)) if key]
        return f"/customers/{self.customer_id}/timeline" + (f"?{'&'.join(keys)}" if keys else "")


def newest(customer: Customer, viewer_id: int, now: datetime) -> Segment:
    """Return what a page opens with."""
    return older(customer, None, viewer_id, now)


def older(customer: Customer, before: Key | None, viewer_id: int, now: datetime) -> Segment:
    """Return the stretch that ends before a key."""
    page = timeline.page(customer, before)
    return _segment(customer, page, None, before, viewer_id, now)


def again(customer: Customer, since: Key | None, before: Key | None, viewer_id: int, now: datetime) -> Segment:
    """Return a stretch that a page already shows as it is now; the newest one grows with what came."""
    if since is None:
        return older(customer, before, viewer_id, now)
    page = timeline.page(customer, before, limit=NEWEST_AT_MOST, since=since)
    if page.has_older:
        return older(customer, before, viewer_id, now)
    return _segment(customer, page, since, before, viewer_id, now)


def said(customer: Customer, items: Sequence[Item], viewer_id: int, now: datetime) -> Segment:
    """Return what was just said, for the end of a thread that is on the page."""
    page = timeline.Page(list(items), has_older=True, conversation_before_id=items[0].conversation_id)
    return _segment(customer, page, None, None, viewer_id, now)


def _segment(
    customer: Customer, page: timeline.Page, since: Key | None, before: Key | None, viewer_id: int, now: datetime
) -> Segment:
    first = page.items[0] if page.has_older else None
    start = since or ((first.at, first.id) if first else BEGINNING)
    blocks = list(_blocks(customer, page, before, viewer_id, now))
    newest_id = max((one.id for one in page.items), default=0)
    return Segment(customer.id, blocks, start, before, page.has_older, newest_id)


def _blocks(
    customer: Customer, page: timeline.Page, before: Key | None, viewer_id: int, now: datetime
) -> Iterator[Row | Card | Separator]:
    around, last_seen = profiles.surroundings(page.items), _last_seen(customer, page.items, before)
    look = rows.Look(customer, viewer_id, now, profiles.quoted_by(page.items), last_seen, around.waiting)
    card: Card | None = None
    last_id = page.conversation_before_id
    for item in page.items:
        if item.conversation_id != last_id:
            last_id, card = item.conversation_id, None
            yield Separator(around.conversations[last_id], around.closers.get(last_id))
        if item.kind not in COMMENTS:
            card = None
            yield rows.row(item, look)
            continue
        if card is None or card.post is not item.post:
            card = Card(item.post, _card_name(item.post))
            yield card
        card.rows.append(rows.row(item, look))


def _card_name(post: Post | None) -> str:
    return f"Post: {post.caption[:60]}" if post and post.caption else "Post"


def _last_seen(customer: Customer, items: Sequence[Item], before: Key | None) -> int | None:
    """Return the last message of ours that was read: "Seen" stands once, however many stretches are open."""
    seen = [item.id for item in items if item.seen_at is not None and not item.is_inbound and _was_sent(item)]
    is_seen_later = bool(seen) and before is not None and timeline.is_seen_from(customer, before)
    return seen[-1] if seen and not is_seen_later else None


def _was_sent(item: Item) -> bool:
    return item.send is None or item.send.state == SendState.SENT
