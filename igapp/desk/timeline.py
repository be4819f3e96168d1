"""The customer's whole history, one list, oldest to newest: its pages, its events, its previews."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, lazyload, load_only, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from igapp import bell, db
from igapp.models import Attachment, AttachmentKind, Conversation, Customer, Item, ItemKind, Send, SendState, User

PAGE_SIZE = 50
"""Items that a timeline shows at once."""
PREVIEW_LENGTH = 120
"""Characters of a preview in a list or banner."""

NAME_ALONE = (load_only(User.name), lazyload(User.agent))
"""Of a user the name, and nothing else."""

DELETED = "Message was deleted"
COMMENT_DELETED = "Comment was deleted"


@dataclass(frozen=True)
class Page:
    """Some items in order, whether older ones exist, and which conversation they go on with."""

    items: list[Item]
    has_older: bool
    conversation_before_id: int | None = None
    """That of the item just before them; None where there is none."""


def page(
    customer: Customer,
    before: tuple[datetime, int] | None = None,
    limit: int = PAGE_SIZE,
    since: tuple[datetime, int] | None = None,
) -> Page:
    """Return the newest items, or those before (and not before `since`) the (at, id) given, in at most four queries."""
    wanted = (
        sa.select(Item)
        .where(Item.customer_id == customer.id)
        .order_by(Item.at.desc(), Item.id.desc())
        .limit(limit + 1)
        .options(author_name(), joinedload(Item.post), selectinload(Item.attachments))
    )
    key = (Item.at, Item.id)
    if before is not None:
        wanted = wanted.where(sa.tuple_(*key) < db.key_literal(key, before))
    if since is not None:
        wanted = wanted.where(sa.tuple_(*key) >= db.key_literal(key, since))
    found = db.session().scalars(wanted).unique().all()
    items = list(reversed(found[:limit]))
    _add_sends(items)
    if len(found) > limit:
        return Page(items, has_older=True, conversation_before_id=found[limit].conversation_id)
    return Page(items, has_older=False, conversation_before_id=_conversation_before(customer, since) if since else None)


def is_seen_from(customer: Customer, key: tuple[datetime, int]) -> bool:
    """Whether the customer saw something of ours that stands at (at, id) or after it."""
    was_not_sent = sa.exists().where(Send.item_id == Item.id, Send.state != SendState.SENT)
    seen = sa.select(Item.id).where(
        Item.customer_id == customer.id,
        sa.tuple_(Item.at, Item.id) >= db.key_literal((Item.at, Item.id), key),
        Item.is_inbound.is_(False),
        Item.seen_at.is_not(None),
        ~was_not_sent,
    )
    return db.session().scalar(seen.limit(1)) is not None


def _conversation_before(customer: Customer, key: tuple[datetime, int]) -> int | None:
    wanted = sa.select(Item.conversation_id).where(
        Item.customer_id == customer.id, sa.tuple_(Item.at, Item.id) < db.key_literal((Item.at, Item.id), key)
    )
    return db.session().scalar(wanted.order_by(Item.at.desc(), Item.id.desc()).limit(1))


def author_name() -> Any:
    """Return the option that loads with items who of us wrote them, and nothing else of them."""
    return joinedload(Item.author).options(*NAME_ALONE)


FOR_PREVIEWS = (
    load_only(
        Item.conversation_id,
        Item.session_id,
        Item.account_id,
        Item.platform_id,
        Item.kind,
        Item.at,
        Item.text,
        Item.is_inbound,
        Item.author_id,
        Item.wants_answer,
        Item.deleted_at,
    ),
    joinedload(Item.attachments).load_only(Attachment.kind, Attachment.position),
    author_name(),
)
"""What lists say of an item; the rest of it comes when it is asked for."""


def add(conversation: Conversation, item: Item) -> Item:
    """Put an item into the timeline of the conversation's customer."""
    item.customer, item.conversation = conversation.customer, conversation
    db.session().add(item)
    if item.kind != ItemKind.EVENT and (conversation.last_item_at is None or item.at > conversation.last_item_at):
        conversation.last_item_at = item.at
    changed(conversation)
    return item


def changed(conversation: Conversation) -> None:
    """Ring for the pages that show the conversation: its customer's profile, its agent's list, the banner."""
    if conversation.customer_id:
        bell.ring(f"customer:{conversation.customer_id}")
    for user_id in {conversation.agent_id, conversation.offered_to_id} - {None}:
        bell.ring(f"desk:{user_id}")


def event(conversation: Conversation, sentence: str, now: datetime, **details: Any) -> Item:
    """Write a system event; `{agent}` in the sentence stands for details["agent_name"] or, to that agent, "you"."""
    return add(conversation, Item(kind=ItemKind.EVENT, at=now, arrived_at=now, text=sentence, details=details))


def sentence(item: Item, viewer_id: int | None) -> str:
    """Return an event's sentence as `viewer_id` should read it."""
    is_me = viewer_id is not None and item.details.get("agent_id") == viewer_id
    name = "you" if is_me else str(item.details.get("agent_name", "an agent"))
    return (item.text or "").replace("{agent}", name)


def preview(item: Item | None) -> str:
    """Return one line for lists and banners; it starts with a verb where there is no text (UX)."""
    if item is None:
        return ""
    if item.deleted_at is not None:
        return COMMENT_DELETED if item.kind in (ItemKind.COMMENT, ItemKind.LIVE_COMMENT) else DELETED
    words = item.text or _without_text(item)
    line = " ".join(words.split())
    return line if len(line) <= PREVIEW_LENGTH else line[: PREVIEW_LENGTH - 1] + "…"


def last_items(conversations: Sequence[Conversation]) -> dict[int, Item]:
    """Return the newest item of each conversation, by conversation id, for previews, in one query."""
    newest = (
        sa.select(Item.id)
        .where(Item.conversation_id == Conversation.id, Item.kind.not_in((ItemKind.EVENT, ItemKind.AUTO_REPLY)))
        .order_by(Item.at.desc(), Item.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    ids = sa.select(newest).where(Conversation.id.in_([conversation.id for conversation in conversations]))
    wanted = sa.select(Item).where(Item.id.in_(ids)).options(*FOR_PREVIEWS)
    found = db.session().scalars(wanted).unique() if conversations else ()
    return {item.conversation_id: item for item in found}


def by_platform_id(account_id: int, platform_id: str | None) -> Item | None:
    """Return the item of a message or comment id at Instagram."""
    if not platform_id:
        return None
    return db.session().scalar(sa.select(Item).where(Item.account_id == account_id, Item.platform_id == platform_id))


def _add_sends(items: Sequence[Item]) -> None:
    """Give each item its own send, and what was done to it."""
    ours = [item.id for item in items if item.is_ours and item.kind != ItemKind.NOTE]
    theirs = [item.id for item in items if item.is_inbound]
    wanted = sa.select(Send).where(sa.or_(Send.item_id.in_(ours), Send.target_id.in_(theirs))).order_by(Send.id)
    sends = db.session().scalars(wanted).all() if ours or theirs else ()
    own = {send.item_id: send for send in sends}
    for item in items:
        set_committed_value(item, "send", own.get(item.id))
        set_committed_value(item, "actions", [send for send in sends if send.target_id == item.id])


_PHRASES = {
    AttachmentKind.IMAGE: "sent a picture",
    AttachmentKind.VIDEO: "sent a video",
    AttachmentKind.AUDIO: "sent a voice message",
    AttachmentKind.FILE: "sent a file",
    AttachmentKind.STICKER: "sent a sticker",
    AttachmentKind.SHARE: "shared a post",
    AttachmentKind.POST: "shared a post",
    AttachmentKind.REEL: "shared a reel",
    AttachmentKind.STORY: "shared a story",
    AttachmentKind.LIKE: "sent a ❤️",
    AttachmentKind.TEMPLATE: "sent a card",
    AttachmentKind.VIEW_ONCE: "sent a view-once photo or video",
    AttachmentKind.UNSUPPORTED: "sent an unsupported message",
}
_KIND_PHRASES = {
    ItemKind.STORY_MENTION: "mentioned you in their story",
    ItemKind.STORY_REPLY: "replied to your story",
    ItemKind.UNSUPPORTED: "sent an unsupported message",
    ItemKind.COMMENT: "commented on your post",
    ItemKind.LIVE_COMMENT: "commented on your broadcast",
    ItemKind.POSTBACK: "tapped a button",
    ItemKind.REFERRAL: "opened the chat from a link",
}


def _without_text(item: Item) -> str:
    if item.kind in _KIND_PHRASES:
        return _KIND_PHRASES[item.kind]
    attached = item.attachments
    count = len([one for one in attached if one.kind == AttachmentKind.IMAGE])
    if count > 1:
        return f"sent {count} pictures"
    return _PHRASES[attached[0].kind] if attached else "sent a message"
