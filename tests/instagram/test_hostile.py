"""Bodies that nobody sends who means well: each is taken, each event has one outcome, and none fails."""

import copy
import random
from collections.abc import Iterator
from datetime import timedelta
from itertools import cycle
from typing import Any

import pytest
import sqlalchemy as sa

from igapp import db, utc
from igapp.desk import ledger, search
from igapp.instagram.tolerant import NAME_LENGTH, TEXT_LENGTH
from igapp.models import Account, Customer, Outcome
from tests.instagram import wire

Json = dict[str, Any]
Path = tuple[Any, ...]

BIG = 10**25
GONE = object()
"""In the place of a part that is not there at all."""
ODD: list[Any] = [
    None, True, False, 0, -1, BIG, -BIG, 1.5, float("nan"), float("inf"), "", " ", "\0", "\ud800", "a\0b\udfff",
    "✓" * 700, "9" * 5000, [], {}, [[]], [{}], [None, "x"], {"id": {}}, {"id": [1]}, {"a": {"b": []}}, GONE,
]  # fmt: skip
TIMES: list[Any] = [
    0, -1, -BIG, BIG, 10**18, "0", "-5", "1e400", "NaN", "", "x" * 700, True, None, [], {}, 1.5, float("nan"),
    float("inf"), "9999-12-31T23:59:59+0000", "0001-01-01T00:00:00+14:00", "2026-09-21T10:00:00+0000",
    "2026-09-21", "1790000000",
]  # fmt: skip
PICTURE = "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1"


def attachment(kind: str, **payload: Any) -> Json:
    return {"type": kind, "payload": payload}


SHARED = {"ig_post_media_id": "18", "title": "Couch", "url": PICTURE}
CARD = {"elements": [{"title": "Welcome!", "subtitle": "Hi", "image_url": PICTURE}]}
STORY = {"url": PICTURE, "id": "179", "link_sticker_url": "https://shop.example/new"}
AD = {"ad_id": "12", "source": "ADS", "ads_context_data": {"ad_title": "Spring"}, "product": {"id": "5"}}
KINDS: dict[str, Json] = {
    "text": wire.body(wire.text(name="m-1")),
    "echo": wire.body(wire.echo(name="m-2")),
    "attachments": wire.body(wire.attached(attachment("image", url=PICTURE), attachment("ig_post", **SHARED))),
    "card": wire.body(wire.attached(attachment("template", generic=CARD))),
    "mention": wire.body(wire.attached(attachment("story_mention", url=PICTURE))),
    "story reply": wire.body(wire.item(message={"mid": "m-3", "text": "Oh", "reply_to": {"story": STORY}})),
    "reply": wire.body(wire.item(message={"mid": "m-4", "reply_to": {"mid": "m-1"}, "quick_reply": {"payload": "P"}})),
    "unsend": wire.body(wire.item(message={"mid": "m-1", "is_deleted": True})),
    "unsupported": wire.body(wire.item(message={"mid": "m-5", "is_unsupported": True})),
    "postback": wire.body(wire.item(postback={"mid": "m-6", "title": "Where?", "payload": "ICE", "referral": AD})),
    "referral": wire.body(wire.item(referral=AD)),
    "ad": wire.body(wire.item(message={"mid": "m-7", "text": "On sale?", "referral": AD})),
    "reaction": wire.body(wire.item(reaction={"mid": "m-1", "action": "react", "reaction": "love", "emoji": "❤️"})),
    "read": wire.body(wire.item(read={"mid": "m-2", "watermark": wire.START})),
    "edit": wire.body(wire.item(message_edit={"mid": "m-1", "text": "New", "num_edit": 1})),
    "handover": wire.body(wire.item(pass_thread_control={"previous_owner_app_id": "1", "metadata": "i"})),
    "comment": wire.change(wire.comment(media={"id": "18", "ad_id": "12", "ad_title": "Spring", "caption": "Couch"})),
    "live comment": wire.change(wire.comment(), "live_comments"),
    "flat comment": {"entry": [{"id": wire.ACCOUNT, "time": wire.START, "field": "comments", "value": wire.comment()}]},
    "message as a change": wire.change(wire.text(), "messages"),
}


def parts(value: Any, path: Path = ()) -> Iterator[Path]:
    """Where the parts of a value are, and theirs."""
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in below:
        yield (*path, key)
        yield from parts(part, (*path, key))


def with_odd(value: Any, path: Path, odd: Any) -> Any:
    """A copy of a value with something odd, or nothing, in one place."""
    whole = copy.deepcopy(value)
    *above, last = path
    node = whole
    for step in above:
        node = node[step]
    if odd is GONE:
        del node[last]
    else:
        node[last] = copy.deepcopy(odd)
    return whole


def troubled() -> list[str | None]:
    """Why events failed, for good or so far."""
    found = [*ledger.find(outcome=Outcome.FAILED), *ledger.find(outcome=Outcome.PENDING)]
    return [event.reason for event in found if event.outcome == Outcome.FAILED or event.attempts]


@pytest.mark.parametrize("kind", KINDS)
def test_any_part_of_a_body_may_be_anything(deliver: Any, account: Account, kind: str) -> None:
    odd = cycle(random.Random(kind).sample(ODD, len(ODD)))
    bodies = [with_odd(KINDS[kind], path, next(odd)) for path in parts(KINDS[kind]) for _ in range(6)]
    deliver(wire.body(wire.text(name="m-1"), wire.echo(name="m-2")), bodies)
    assert troubled() == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_time_may_be_anything(deliver: Any, account: Account, kind: str) -> None:
    events = deliver([_at(KINDS[kind], time) for time in TIMES])
    assert troubled() == []
    assert max(event.at for event in events) <= utc.now() + timedelta(hours=24)


def _at(body: Json, time: Any) -> Json:
    body = copy.deepcopy(body)
    entry = body["entry"][0]
    entry["time"] = time
    for item in entry.get("messaging", []):
        item["timestamp"] = time
    return body


def test_a_text_too_long_for_any_search_is_shown_from_its_beginning_and_kept_whole(
    deliver: Any, account: Account, items: Any
) -> None:
    words = "needle " + " ".join(f"w{number:x}" for number in range(250_000))
    events = deliver(wire.body(wire.text(words)), wire.body(wire.echo(words)), wire.change(wire.comment(words=words)))
    assert troubled() == []
    assert [(len(item.text), item.text[:6], item.text[-1]) for item in items()] == [(TEXT_LENGTH, "needle", "…")] * 3
    assert all(words in event.body for event in events)
    assert len(search.find("needle").messages) == 3


def test_a_name_without_end_is_cut(deliver: Any, account: Account) -> None:
    author = {"id": wire.LENA, "username": "lena " * 300_000}
    deliver(wire.change(wire.comment() | {"from": author}))
    assert troubled() == []
    customer = db.session().scalars(sa.select(Customer)).one()
    assert len(customer.username or "") == NAME_LENGTH


def test_ids_of_any_length_and_script_fit_every_index(deliver: Any, account: Account, items: Any) -> None:
    dice = random.Random(1)

    def new_id() -> str:
        return "".join(chr(dice.randint(0x1F300, 0x1F64F)) for _ in range(900))

    post = {"id": new_id()}
    deliver(
        wire.body(wire.text(name=new_id(), sender=new_id())),
        wire.body(wire.text(name=new_id(), sender=new_id()), account=new_id()),
        wire.body(wire.item(sender=new_id(), reaction={"mid": new_id(), "action": new_id(), "emoji": new_id()})),
        wire.change(wire.comment(new_id(), author=new_id(), media=post)),
        wire.change(wire.comment(new_id(), author=new_id(), media=post, parent_id=new_id())),
    )
    assert troubled() == []
    assert len(items()) == 2


def test_reading_up_to_a_far_day_is_reading_up_to_now(deliver: Any, account: Account, items: Any) -> None:
    now = int(utc.now().timestamp() * 1000)
    deliver(wire.body(wire.text(at=now - 9000), wire.echo("Seen", at=now - 8000)))
    deliver(wire.body(wire.item(at=now - 7000, read={"watermark": now + 10**11})))
    deliver(wire.body(wire.echo("Not seen", at=int(utc.now().timestamp() * 1000) + 5000)))
    assert [(item.text, item.seen_at is not None) for item in items() if not item.is_inbound] == [
        ("Seen", True),
        ("Not seen", False),
    ]


def test_g_d5_what_bears_one_time_stands_in_the_order_of_its_delivery(
    deliver: Any, account: Account, items: Any
) -> None:
    words = ["one", "two", "three", "four", "five"]
    names = ["m-9", "m-10", "m-1", "m-5", "m-2"]
    deliver(wire.body(*(wire.text(word, name=name) for word, name in zip(words, names, strict=True))))
    assert [item.text for item in items()] == words


def test_edits_that_bear_no_number_count_one_by_one(deliver: Any, account: Account, items: Any) -> None:
    def edit(text: str, at: int) -> Json:
        return wire.item(at=wire.START + at, message_edit={"mid": "m-1", "text": text})

    deliver(wire.body(wire.text("first", name="m-1")), wire.body(edit("second", 1)), wire.body(edit("third", 2)))
    deliver(wire.body(edit("third", 2)))
    (item,) = items()
    assert (item.text, [edit["text"] for edit in item.edits]) == ("third", ["first", "second"])


def test_a_thousand_events_of_every_kind_have_one_outcome_each(deliver: Any, account: Account) -> None:
    dice = random.Random(7)
    events = [item for body in KINDS.values() for item in body["entry"][0].get("messaging", [])]
    mixed = [with_odd(dice.choice(events), ("timestamp",), wire.START + number) for number in range(1000)]
    deliver(wire.body(*mixed))
    found = deliver()
    assert {event.outcome for event in found} == {Outcome.APPLIED, Outcome.IGNORED}
    assert sum(1 + event.redeliveries for event in found) == 1000
