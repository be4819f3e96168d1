"""What surrounds every page: the bar at the top, the banner below it, and the agent's own customers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from igapp import utc
from igapp.desk import availability, my_customers, notes, offers, profiles, routing, settings, timeline
from igapp.models import Conversation, Customer, Identity, Item, Mention, Offer, User
from igapp.web import clocks, filters, keys
from igapp.web.clocks import Clock

KNOCK_SECONDS = 30
"""How long the banner of one's own customer stays (SPEC 5.8)."""

CHANNELS = {"dm": "chat-bubble-left", "comment": "chat-bubble-bottom-center-text", "story": "sun"}


@dataclass(frozen=True)
class Controls:
    """Next, the Messaging switch, and how many wait."""

    is_available: bool
    is_paused: bool
    waiting: int


@dataclass(frozen=True)
class ListCard:
    """One of the agent's customers."""

    conversation: Conversation
    customer: Customer
    preview: str
    channel: str
    chip: Clock | None
    knock_ms: int
    """How long its banner stays."""


@dataclass(frozen=True)
class CustomerList:
    """The agent's customers, and how many they may be given automatically."""

    cards: Sequence[ListCard]
    load: int
    standard: int
    maximum: int
    open_id: int | None
    """The customer whose profile the page shows."""
    mentions: Sequence[Mention] = ()
    """Notes in which the agent was mentioned and that they have not looked at."""
    after: str = ""
    """Where this page of the list begins; empty on the first."""
    next_after: str = ""
    """Where the next page begins, if there is one."""

    @property
    def url(self) -> str:
        """Where the list is fetched again."""
        values = {"open": self.open_id, "after": self.after}
        return "/desk/customers?" + urlencode({name: value for name, value in values.items() if value})


@dataclass(frozen=True)
class Banner:
    """What asks for attention: an offer, or news from one's own customers, or why an offer went."""

    offer: Offer | None = None
    preview: str = ""
    channel: str = ""
    remaining_ms: int = 0
    total_ms: int = 1
    knocks: Sequence[ListCard] = ()
    gone_because: str = ""
    gone_id: int = 0
    open_id: int | None = None


def controls(user: User) -> Controls:
    """Return the state of the agent's controls."""
    return Controls(user.agent.is_available, user.agent.paused_at is not None, routing.waiting_count(user.id))


def customers(user: User, open_id: int | None = None, after: str | None = None) -> CustomerList:
    """Return a page of the agent's customers as cards, in their order; a constant number of queries."""
    key = keys.parsed(after)
    mine, flow = my_customers.page(user.id, key), settings.workflow()
    return CustomerList(
        cards=_cards(mine.conversations),
        load=user.agent.load,
        standard=flow.standard_capacity,
        maximum=flow.maximum_capacity,
        open_id=open_id,
        mentions=notes.unseen(user.id),
        after=keys.written(key),
        next_after=keys.written(mine.next_key),
    )


def banner(user: User, open_id: int | None = None) -> Banner:
    """Return what the agent's banner shows now, on a page that shows the customer `open_id`."""
    now = filters.now()
    because, gone_id = _gone(user, now)
    shown = Banner(knocks=_knocks(user, open_id), gone_because=because, gone_id=gone_id, open_id=open_id)
    offer = offers.pending_for(user.id, now)
    return shown if offer is None else _with_offer(shown, offer, now)


def _with_offer(shown: Banner, offer: Offer, now: datetime) -> Banner:
    item = timeline.last_items([offer.conversation]).get(offer.conversation_id)
    left, whole = (offer.expires_at - moment for moment in (now, offer.offered_at))
    return replace(
        shown,
        offer=offer,
        preview=_preview(item),
        channel=_channel_words(offer.conversation, item),
        remaining_ms=_ms(left),
        total_ms=_ms(whole),
    )


def _gone(user: User, now: datetime) -> tuple[str, int]:
    """Return why a banner went just now, and its number; what is over, as before they signed in, is not told."""
    gone = offers.last_withdrawn_for(user.id, now)
    if gone is None or gone.ended_at is None or gone.ended_at <= (user.last_sign_in_at or utc.EPOCH):
        return "", 0
    is_over = user.agent.is_available and gone.withdrawn_because == availability.SWITCHED_OFF
    return ("", 0) if is_over else (gone.withdrawn_because or "", gone.id)


def _knocks(user: User, open_id: int | None) -> Sequence[ListCard]:
    news = my_customers.active(user.id, knocked_since=filters.now() - utc.seconds(KNOCK_SECONDS))
    return _cards([one for one in news if one.customer_id != open_id and _knock_ms(one)])


def _cards(mine: Sequence[Conversation]) -> list[ListCard]:
    items = timeline.last_items(mine)
    identities = profiles.identities_of(one.customer_id for one in mine) if mine else {}
    return [_card(one, items.get(one.id), identities.get(one.customer_id, [])) for one in mine]


def _card(conversation: Conversation, item: Item | None, identities: Sequence[Identity]) -> ListCard:
    return ListCard(
        conversation=conversation,
        customer=conversation.customer,
        preview=_preview(item),
        channel=CHANNELS[_channel(conversation, item)],
        chip=clocks.chip(conversation, identities, filters.now()),
        knock_ms=_knock_ms(conversation),
    )


def _knock_ms(conversation: Conversation) -> int:
    ends_at = conversation.knocked_at and conversation.knocked_at + utc.seconds(KNOCK_SECONDS)
    return _ms(ends_at - filters.now()) if ends_at else 0


def _preview(item: Item | None) -> str:
    """What was said last, in one line; what one of us said, with who it was."""
    preview = timeline.preview(item)
    if item is None or not item.is_ours or not preview:
        return preview
    return f"{item.author.first_name if item.author is not None else 'Instagram'}: {preview}"


def _channel(conversation: Conversation, item: Item | None) -> str:
    if item is not None and item.kind.startswith("story_"):
        return "story"
    sessions = conversation.open_sessions
    is_comment = item.kind.endswith("comment") if item else bool(sessions) and sessions[0].channel == "comment"
    return "comment" if is_comment else "dm"


def _channel_words(conversation: Conversation, item: Item | None) -> str:
    words = {"dm": "direct message", "comment": "comment", "story": "story"}[_channel(conversation, item)]
    account = item.account if item else None
    return f"{words} to @{account.username}" if account else words


def _ms(span: timedelta) -> int:
    return max(0, int(span.total_seconds() * 1000))
