"""Who a customer is, and what is known of them (SPEC 4.1 to 4.4, 4.7, GUARANTEES L4, V3)."""

from datetime import datetime
from functools import partial

import pytest
from flask import Flask

from igapp import utc
from igapp.desk import blocking, contacts, customers
from igapp.desk.customers import Profile
from igapp.models import Account, ContactKind, Identity, Status, User
from tests.desk.acts import accept, done, echo, held, refused, rung
from tests.factories import comment, conversation_of, make_account, make_identity, route_all, write


@pytest.fixture
def ana(account: Account, now: datetime) -> Identity:
    return make_identity(account)


def test_a_customer_is_known_by_identity_alone(account: Account, now: datetime) -> None:
    first = done(customers.find_or_welcome(account, "910", now))
    assert done(customers.find_or_welcome(account, "910", now)) is first


def test_two_people_with_one_name_are_two_customers(account: Account) -> None:
    assert make_identity(account, "Ana").customer is not make_identity(account, "Ana").customer


def test_the_same_number_at_another_account_is_somebody_else(account: Account, now: datetime) -> None:
    here = customers.find_or_welcome(account, "910", now)
    there = customers.find_or_welcome(make_account("our.shop"), "910", now)
    assert here.customer is not there.customer


def test_the_name_is_the_profiles_else_the_username_else_nobodys(account: Account, now: datetime) -> None:
    identity = customers.find_or_welcome(account, "910", now)
    shown = [identity.customer.display_name]
    customers.update_profile(identity, Profile(username="ana.silva"), now)
    shown.append(identity.customer.display_name)
    customers.update_profile(identity, Profile(name="Ana Silva", username="ana.silva"), now)
    shown.append(identity.customer.display_name)
    assert shown == ["Instagram user", "@ana.silva", "Ana Silva"]


def test_a_profile_refreshes_the_username_with_its_date(ana: Identity, now: datetime) -> None:
    customers.update_profile(ana, Profile(username="ana.silva"), now)
    customers.update_profile(ana, Profile(username="ana.da.silva"), now + utc.days(1))
    assert (ana.customer.username, ana.customer.username_at) == ("ana.da.silva", now + utc.days(1))


@pytest.mark.parametrize("is_accepted", [False, True])
def test_a_name_that_comes_late_rings_for_the_agents_banner_and_list(
    app: Flask, ana: Identity, bo: User, now: datetime, is_accepted: bool
) -> None:
    write(ana, now=now)
    route_all(now)
    if is_accepted:
        accept(bo, now)
    ring = partial(rung, app, lambda: customers.update_profile(ana, Profile("Ana Silva"), now))
    assert f"desk:{bo.id}" in ring()
    assert f"desk:{bo.id}" not in ring()


def test_what_a_profile_does_not_say_keeps_its_last_value(ana: Identity, now: datetime) -> None:
    full = Profile("Ana", "ana", "https://x.fbcdn.net/p", is_verified=True, follower_count=12_400, follows_us=True)
    customers.update_profile(ana, full, now)
    customers.update_profile(ana, Profile(username="ana"), now)
    found = ana.customer
    assert (found.name, found.is_verified, found.follower_count, ana.follows_us) == ("Ana", True, 12_400, True)


def test_a_profile_is_asked_for_once_within_a_minute(ana: Identity, now: datetime) -> None:
    wanted = []
    for second in (0, 30, 59, 60):
        write(ana, now=now + utc.seconds(second))
        wanted.append(ana.profile_wanted_at)
    assert wanted == [now, now, now, now + utc.seconds(60)]


# --- contact details


def test_a_phone_and_an_email_are_added_once(ana: Identity, bo: User, now: datetime) -> None:
    contacts.add_point(ana.customer, ContactKind.PHONE, "+351 912 555 010", bo, now)
    done(contacts.add_point(ana.customer, ContactKind.EMAIL, "Ana@Example.com", bo, now))
    assert [point.value for point in contacts.points_of(ana.customer)] == ["+351 912 555 010", "Ana@Example.com"]
    for kind, same in ((ContactKind.PHONE, "+351912555010"), (ContactKind.EMAIL, "ana@example.COM")):
        sentence = refused(partial(contacts.add_point, ana.customer, kind, same, bo, now))
        assert "already" in sentence


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (ContactKind.EMAIL, "ana"),
        (ContactKind.EMAIL, "ana@example"),
        (ContactKind.EMAIL, "a b@example.com"),
        (ContactKind.EMAIL, "ana@example.com, lena@example.com"),
        (ContactKind.PHONE, "12"),
        (ContactKind.PHONE, "call me"),
        (ContactKind.PHONE, "+351 912 555 010 ext"),
    ],
)
def test_what_is_none_is_refused(ana: Identity, bo: User, now: datetime, kind: ContactKind, value: str) -> None:
    assert "is no" in refused(lambda: contacts.add_point(ana.customer, kind, value, bo, now))


def test_a_detail_is_a_label_with_one_value(ana: Identity, bo: User, now: datetime) -> None:
    contacts.set_detail(ana.customer, "Instagram username", "@ana", bo, now)
    done(contacts.set_detail(ana.customer, "instagram USERNAME", "@ana.silva", bo, now))
    assert [(one.label, one.value) for one in contacts.details_of(ana.customer)] == [
        ("Instagram username", "@ana.silva")
    ]


def test_a_detail_without_label_or_value_is_refused(ana: Identity, bo: User, now: datetime) -> None:
    for label, value in (("", "x"), ("x", " "), ("x" * 201, "x")):
        assert refused(partial(contacts.set_detail, ana.customer, label, value, bo, now))


# --- blocking


def test_blocking_closes_the_current_conversation(ana: Identity, bo: User, now: datetime) -> None:
    write(ana, now=now)
    held(ana, bo, now)
    done(blocking.block(ana.customer, bo, now))
    assert conversation_of(ana).status == Status.CLOSED


def test_what_a_blocked_customer_sends_is_stored_and_offered_to_nobody(ana: Identity, bo: User, now: datetime) -> None:
    write(ana, now=now)
    done(blocking.block(ana.customer, bo, now))
    message, said = write(ana, "Hello?", now=now + utc.seconds(5)), comment(ana)
    done(None)
    assert message.id
    assert said.id
    assert conversation_of(ana).status == Status.CLOSED
    assert conversation_of(ana).due_at is None
    assert route_all(now) == 0


def test_what_someone_writes_to_a_blocked_customer_opens_nothing(ana: Identity, bo: User, now: datetime) -> None:
    write(ana, now=now)
    done(blocking.block(ana.customer, bo, now))
    assert echo(ana, now + utc.minutes(1)) is not None
    assert conversation_of(ana).status == Status.CLOSED


def test_a_customer_blocked_before_ever_writing_opens_nothing(ana: Identity, bo: User, now: datetime) -> None:
    done(blocking.block(ana.customer, bo, now))
    done(write(ana, now=now))
    assert conversation_of(ana).status == Status.CLOSED


def test_unblocking_lets_the_next_message_be_routed(ana: Identity, bo: User, now: datetime) -> None:
    write(ana, now=now)
    done(blocking.block(ana.customer, bo, now))
    done(blocking.unblock(ana.customer, bo, now))
    write(ana, "Hello?", now=now + utc.seconds(5))
    assert route_all(now) == 1
