"""A day of an account: events of all kinds in batches, some twice, some out of order; and what must come of each."""

import json
import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from igapp.models import AttachmentKind, ItemKind
from tests.instagram import wire

Json = dict[str, Any]

TWICE = OUT_OF_ORDER = 0.05
"""How much of a day is delivered a second time, and how much comes late."""
LATE_BY = 200
"""Events that overtake a late one, at the most."""
BATCH = 15
"""Events of one delivery, at the most."""
POSTS = 12
STEP_MS = 20_000
"""Between two messages of one customer; what becomes of a message happens within it."""
SHARED = {
    "ig_reel": AttachmentKind.REEL,
    "ig_post": AttachmentKind.POST,
    "like_heart": AttachmentKind.LIKE,
    "ephemeral": AttachmentKind.VIEW_ONCE,
}
DIRECT = {"text": 8, "picture": 1, "shared": 1, "mention": 1, "story_reply": 1, "quote": 1, "tap": 1, "strange": 1}
WEIGHTS = DIRECT | {"echo": 4, "comment": 2, "live_comment": 1, "own_comment": 1, "answered_comment": 1}
"""How often each kind is the beginning of something."""


@dataclass
class Told:
    """What an item must look like in the end."""

    customer: str
    at: int
    kind: ItemKind
    text: str = ""
    attachments: tuple[AttachmentKind, ...] = ()
    reaction: str | None = None
    earlier: list[str] = field(default_factory=list)
    is_deleted: bool = False
    is_read: bool = False


@dataclass
class Day:
    """At least so many events of so many customers, whose pictures are served below the URL `pictures`."""

    size: int
    customers: int
    pictures: str
    dice: random.Random = field(default_factory=lambda: random.Random(20))
    events: list[tuple[str, Json]] = field(default_factory=list)
    """In the platform's order: the entry's list that each stands in, and the event."""
    ends: dict[str, Told] = field(default_factory=dict)
    """By message or comment id."""
    ignored: int = 0
    """Events of which nothing must come."""

    def __post_init__(self) -> None:
        kinds, weights = list(WEIGHTS), list(WEIGHTS.values())
        began = int(time.time() * 1000) - self.size * STEP_MS // self.customers - STEP_MS
        while len(self.events) < self.size:
            number = len(self.ends) + self.ignored
            at = began + number // self.customers * STEP_MS + number % self.customers
            customer = f"92{number % self.customers:013}"
            getattr(self, f"_{self.dice.choices(kinds, weights)[0]}")(customer, f"1790{number:012}", at)

    def deliveries(self) -> Iterator[bytes]:
        """Yield the bodies of the day's deliveries."""
        late = [(at + self._delay(), one) for at, one in enumerate(self.events)]
        again = [(at + self.dice.randint(0, LATE_BY), one) for at, one in late if self.dice.random() < TWICE]
        waiting = [one for _, one in sorted(late + again, key=lambda pair: pair[0])]
        while waiting:
            count = self.dice.randint(1, BATCH)
            batch, waiting = waiting[:count], waiting[count:]
            yield wire.written(delivery(batch))

    def _delay(self) -> int:
        return self.dice.randint(1, LATE_BY) if self.dice.random() < OUT_OF_ORDER else 0

    def _says(self, customer: str, mid: str, at: int, told: Told, **message: Any) -> None:
        """Let a customer write, and perhaps edit, react or take it back."""
        self._happens(wire.item(customer, at, message={"mid": mid, **message}), mid, told)
        if told.kind == ItemKind.MESSAGE and told.text and self.dice.random() < 0.2:
            self._edit(mid, told)
        if self.dice.random() < 0.15:
            self._react(mid, told)
        if self.dice.random() < 0.05:
            self._unsend(mid, told)

    def _happens(self, event: Json, mid: str | None = None, told: Told | None = None, key: str = "messaging") -> None:
        self.events.append((key, event))
        if mid and told:
            self.ends[mid] = told

    def _text(self, customer: str, mid: str, at: int) -> None:
        words = f"Hello, this is {mid}. 🙂 مرحبا"
        self._says(customer, mid, at, Told(customer, at, ItemKind.MESSAGE, words), text=words)

    def _quote(self, customer: str, mid: str, at: int) -> None:
        words, before = f"Yes, that one: {mid}", self.dice.choice(list(self.ends) or [mid])
        self._says(customer, mid, at, Told(customer, at, ItemKind.MESSAGE, words), text=words, reply_to={"mid": before})

    def _picture(self, customer: str, mid: str, at: int) -> None:
        urls = [f"{self.pictures}/{mid}-{number}.jpg" for number in range(self.dice.randint(1, 3))]
        told = Told(customer, at, ItemKind.MESSAGE, attachments=(AttachmentKind.IMAGE,) * len(urls))
        self._says(customer, mid, at, told, attachments=[{"type": "image", "payload": {"url": url}} for url in urls])

    def _shared(self, customer: str, mid: str, at: int) -> None:
        word = self.dice.choice(list(SHARED))
        shared = {"type": word, "payload": {"url": "https://www.instagram.com/reel/DWJ5EU-Ad5i/", "title": "A cat"}}
        self._says(
            customer, mid, at, Told(customer, at, ItemKind.MESSAGE, attachments=(SHARED[word],)), attachments=[shared]
        )

    def _mention(self, customer: str, mid: str, at: int) -> None:
        mention = {"type": "story_mention", "payload": {"url": f"{self.pictures}/story.jpg"}}
        told = Told(customer, at, ItemKind.STORY_MENTION, attachments=(AttachmentKind.STORY,))
        self._says(customer, mid, at, told, attachments=[mention])

    def _story_reply(self, customer: str, mid: str, at: int) -> None:
        story, words = {"id": "17900000000000000", "url": f"{self.pictures}/story.jpg"}, f"Love this, {mid}"
        told = Told(customer, at, ItemKind.STORY_REPLY, words)
        self._says(customer, mid, at, told, text=words, reply_to={"story": story})

    def _strange(self, customer: str, mid: str, at: int) -> None:
        self._says(customer, mid, at, Told(customer, at, ItemKind.UNSUPPORTED), is_unsupported=True)

    def _tap(self, customer: str, mid: str, at: int) -> None:
        tap = {"mid": mid, "title": "Where is my order?", "payload": "ORDER"}
        told = Told(customer, at, ItemKind.POSTBACK, "Where is my order?")
        self._happens(wire.item(customer, at, postback=tap), mid, told)

    def _echo(self, customer: str, mid: str, at: int) -> None:
        told = Told(customer, at, ItemKind.ECHO, f"We ship on Monday: {mid}")
        self._happens(wire.echo(told.text, customer, at, mid), mid, told)
        if self.dice.random() < 0.6:
            told.is_read = True
            self._happens(wire.item(customer, at + 1500, read={"mid": mid}))
        if self.dice.random() < 0.15:
            self._react(mid, told)

    def _edit(self, mid: str, told: Told) -> None:
        for number in range(1, self.dice.randint(1, 3) + 1):
            told.earlier.append(told.text)
            told.text = f"Edit {number} of {mid}"
            edit = {"mid": mid, "text": told.text, "num_edit": number}
            self._happens(wire.item(told.customer, told.at + number * 1000, message_edit=edit))

    def _react(self, mid: str, told: Told) -> None:
        steps = [("🔥", "react"), ("❤️", "react"), (None, "unreact")][: self.dice.randint(1, 3)]
        for number, (emoji, action) in enumerate(steps):
            told.reaction = emoji
            reaction = {"mid": mid, "action": action} | ({"emoji": emoji} if emoji else {})
            self._happens(wire.item(told.customer, told.at + 5000 + number * 100, reaction=reaction))

    def _unsend(self, mid: str, told: Told) -> None:
        told.is_deleted, told.text, told.reaction, told.earlier = True, "", None, []
        self._happens(wire.item(told.customer, told.at + 9000, message={"mid": mid, "is_deleted": True}))

    def _comment(
        self,
        customer: str,
        number: str,
        at: int,
        kind: ItemKind = ItemKind.COMMENT,
        *,
        is_ours: bool = False,
        **more: Any,
    ) -> None:
        post = {"id": f"1791{self.dice.randrange(POSTS):013}", "media_product_type": "FEED"}
        words = f"Price? {number}"
        value = {"id": number, "from": {"id": customer, "username": f"u{customer}"}, "text": words, "media": post}
        told = None if more or is_ours else Told(customer, at // 1000 * 1000, kind, words)
        self.ignored += told is None
        field_name = "live_comments" if kind == ItemKind.LIVE_COMMENT else "comments"
        change = {"at": at // 1000, "field": field_name, "value": value | more}
        self._happens(change, number, told, key="changes")

    def _live_comment(self, customer: str, number: str, at: int) -> None:
        self._comment(customer, number, at, ItemKind.LIVE_COMMENT)

    def _own_comment(self, customer: str, number: str, at: int) -> None:
        self._comment(wire.ACCOUNT, number, at, is_ours=True)

    def _answered_comment(self, customer: str, number: str, at: int) -> None:
        self._comment(customer, number, at, parent_id="17900000000000010")


def delivery(events: Iterable[tuple[str, Json]]) -> Json:
    """A delivery of some events, with an entry for each."""
    return {"object": "instagram", "entry": [_entry(key, event) for key, event in events]}


def _entry(key: str, event: Json) -> Json:
    at = event.get("at") or event["timestamp"]
    said = {name: value for name, value in event.items() if name != "at"}
    return {"id": wire.ACCOUNT, "time": at, key: [said]}


def repeated(bodies: list[bytes]) -> int:
    """Return how many events in some deliveries are there more than once."""
    seen = Counter(json.dumps(entry) for body in bodies for entry in json.loads(body)["entry"])
    return sum(count - 1 for count in seen.values())
