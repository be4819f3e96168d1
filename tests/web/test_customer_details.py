"""Beside the thread: contact details and details edited in place, matches, merging, blocking."""

from collections.abc import Callable
from datetime import datetime
from html import unescape

import pytest

from igapp import db, utc
from igapp.desk import contacts, conversations, topics
from igapp.models import ContactKind, Identity, Status, User
from tests.factories import conversation_of, make_account, make_agent, make_identity, write
from tests.web.conftest import Door

Enter = Callable[..., Door]


@pytest.fixture
def now(db_session: object) -> datetime:
    return utc.now()


@pytest.fixture
def bo(now: datetime) -> User:
    return make_agent("Bo", now)


@pytest.fixture
def ana(now: datetime) -> Identity:
    identity = make_identity(make_account(), "Ana")
    write(identity, now=now)
    return identity


@pytest.fixture
def lena(ana: Identity, now: datetime) -> Identity:
    identity = make_identity(ana.account, "Lena")
    write(identity, "Hello from Lena", now=now)
    return identity


def test_an_email_is_added_changed_and_removed(enter: Enter, bo: User, ana: Identity) -> None:
    door, customer = enter(bo), ana.customer
    door.post(f"/customers/{customer.id}/contacts", kind="email", value="ana@example.com")
    point = contacts.points_of(customer)[0]
    text = door.post(f"/contacts/{point.id}", htmx=True, value="ana.silva@example.com").text
    assert "ana.silva@example.com" in text
    assert 'id="context"' in text
    door.post(f"/contacts/{point.id}/removal")
    assert contacts.points_of(customer) == []


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [("email", "no address", "is no email address"), ("phone", "12", "is no phone number")],
)
def test_what_is_no_address_or_number_is_refused_beside_the_field(
    enter: Enter, bo: User, ana: Identity, kind: str, value: str, words: str
) -> None:
    answer = enter(bo).post(f"/customers/{ana.customer_id}/contacts", htmx=True, kind=kind, value=value)
    assert answer.status_code == 422
    form = answer.text.split('id="add-contact-0"')[1].split("</details>")[0]
    assert form.startswith(" open")
    assert words in unescape(form)


def test_a_detail_holds_one_value_for_each_label(enter: Enter, bo: User, ana: Identity) -> None:
    door, path = enter(bo), f"/customers/{ana.customer_id}/details"
    door.post(path, label="Size", value="38")
    door.post(path, label="size", value="39")
    detail = contacts.details_of(ana.customer)[0]
    assert (detail.label, detail.value) == ("Size", "39")
    assert "needs a label" in unescape(door.post(path, htmx=True, label="", value="x").text)
    door.post(f"/details/{detail.id}/removal")
    assert contacts.details_of(ana.customer) == []


def test_equal_values_suggest_a_match_until_somebody_says_no(
    enter: Enter, bo: User, ana: Identity, lena: Identity, now: datetime
) -> None:
    contacts.add_point(lena.customer, ContactKind.EMAIL, "one@example.com", bo, now)
    door = enter(bo)
    text = door.post(f"/customers/{ana.customer_id}/contacts", htmx=True, kind="email", value="ONE@example.com").text
    assert "Matching customers found!" in text
    assert 'aria-label="Compare with Lena"' in text
    text = door.post(f"/customers/{ana.customer_id}/matches/{lena.customer_id}/dismissal", htmx=True).text
    assert "Matching customers" not in text
    assert "Matching customers" not in door.get(f"/customers/{lena.customer_id}").text


def test_a_profile_is_found_compared_and_merged(enter: Enter, bo: User, ana: Identity, lena: Identity) -> None:
    door, kept, gone = enter(bo), ana.customer_id, lena.customer_id
    assert 'aria-label="Find a profile"' in door.get(f"/customers/{kept}/merge/search").text
    found = door.get(f"/customers/{kept}/merge/candidates?words=len").text
    assert f'value="{gone}" checked' in found
    dialog = door.get(f"/customers/{kept}/merge/comparison?words=len").text
    assert 'role="alertdialog"' in dialog
    assert "Merge Lena into Ana?" in dialog
    assert door.post(f"/customers/{kept}/merge", other=str(gone)).location == f"/customers/{kept}"
    assert "Hello from Lena" in door.get(f"/customers/{kept}").text
    assert door.get(f"/customers/{gone}?compose=1").location == f"/customers/{kept}?compose=1"


def test_words_typed_after_the_list_was_found_count_and_not_its_first(
    enter: Enter, bo: User, ana: Identity, lena: Identity
) -> None:
    door, zoe = enter(bo), make_identity(ana.account, "Zoe")
    marked = f"other={lena.customer_id}&found_by=Lena"
    path = f"/customers/{ana.customer_id}/merge/comparison"
    assert "Merge Zoe into Ana?" in door.get(f"{path}?words=Zoe&{marked}").text
    assert "Merge Lena into Ana?" in door.get(f"{path}?words=Lena&{marked}").text
    assert "Merge Zoe into Ana?" in door.get(f"{path}?words=o&other={zoe.customer_id}&found_by=o").text


def test_without_scripts_merging_has_pages_of_its_own(enter: Enter, bo: User, ana: Identity, lena: Identity) -> None:
    door = enter(bo)
    assert "Lena" in door.get(f"/customers/{ana.customer_id}/merge?words=Lena").text
    page = door.get(f"/customers/{ana.customer_id}/merge?compare=1&other={lena.customer_id}").text
    assert "<h1>Merge Lena into Ana?</h1>" in page


def test_a_profile_is_not_merged_with_itself(enter: Enter, bo: User, ana: Identity) -> None:
    path = f"/customers/{ana.customer_id}/merge"
    assert enter(bo).post(path, htmx=True, other=str(ana.customer_id)).status_code == 422


def test_blocking_asks_and_can_be_undone(enter: Enter, bo: User, ana: Identity, now: datetime) -> None:
    conversations.assign(conversation_of(ana), bo, now)
    door, path = enter(bo), f"/customers/{ana.customer_id}"
    question = door.post(f"{path}/blocking").text
    assert 'role="alertdialog"' in question
    assert ">Block Ana?</h1>" in question
    door.post(f"{path}/blocking", is_sure="1")
    assert ana.customer.is_blocked
    assert conversation_of(ana).status == Status.CLOSED
    door.post(f"{path}/unblocking")
    db.session().expire_all()
    assert not ana.customer.is_blocked


def test_earlier_conversations_are_told_by_topic(enter: Enter, bo: User, ana: Identity, now: datetime) -> None:
    topic = topics.create("Returns", None, bo, now)
    earlier = conversation_of(ana)
    topics.add(earlier, topic, bo, now)
    earlier.closed_at, earlier.status = now, Status.CLOSED
    text = enter(bo).get(f"/customers/{ana.customer_id}/context").text
    assert "<span>Returns</span>" in text
