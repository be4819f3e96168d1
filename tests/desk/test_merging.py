"""Two profiles of one person become one (SPEC 4.5)."""

from datetime import datetime
from functools import partial

import pytest
import sqlalchemy as sa

from igapp import db, utc
from igapp.desk import (
    blocking,
    capacity,
    closing,
    contacts,
    customers,
    drafts,
    erasures,
    merging,
    replies,
    routing,
    sends,
    topics,
)
from igapp.models import (
    Account,
    AuditEntry,
    ContactKind,
    Customer,
    Identity,
    Item,
    ItemKind,
    Status,
    User,
)
from tests.desk.acts import answer, done, events, held, load, offered_to, refused, send_out
from tests.factories import conversation_of, make_identity, route_all, write


@pytest.fixture
def ana(account: Account, now: datetime) -> Identity:
    return make_identity(account, "Ana")


@pytest.fixture
def double(account: Account, now: datetime) -> Identity:
    """Ana's second profile."""
    return make_identity(account, "Ana S.")


def merge(ana: Identity, double: Identity, by: User, now: datetime) -> Customer:
    return done(merging.merge(ana.customer, double.customer, by, now))


def texts(customer: Customer) -> list[str | None]:
    wanted = sa.select(Item.text).where(Item.customer_id == customer.id, Item.kind != ItemKind.EVENT)
    return list(db.session().scalars(wanted.order_by(Item.at, Item.id)))


def test_identities_and_history_move(ana: Identity, double: Identity, mia: User, now: datetime) -> None:
    write(ana, "One", now=now)
    write(double, "Two", now=now + utc.seconds(1))
    kept = merge(ana, double, mia, now)
    assert double.customer is kept
    assert texts(kept) == ["One", "Two"]


def test_single_fields_of_the_kept_profile_win_and_empty_ones_are_filled(
    ana: Identity, double: Identity, mia: User, now: datetime
) -> None:
    double.customer.username, double.customer.follower_count = "ana.s", 12
    kept = merge(ana, double, mia, now)
    assert (kept.name, kept.username, kept.follower_count) == ("Ana", "ana.s", 12)


def test_contacts_details_and_drafts_move_without_doubles(
    ana: Identity, double: Identity, bo: User, mia: User, now: datetime
) -> None:
    for customer, phone in ((ana.customer, "+351 912 555 010"), (double.customer, "+351912555010")):
        contacts.add_point(customer, ContactKind.PHONE, phone, bo, now)
    contacts.set_detail(ana.customer, "Size", "38", bo, now)
    contacts.set_detail(double.customer, "size", "39", bo, now)
    contacts.set_detail(double.customer, "Colour", "green", bo, now)
    drafts.save(bo.id, double.customer, "dm:2", "Dear Ana", now)
    drafts.save(bo.id, double.customer, "note", "Hers", now)
    drafts.save(bo.id, ana.customer, "note", "Mine", now)
    kept = merge(ana, double, mia, now)
    assert [point.value for point in contacts.points_of(kept)] == ["+351 912 555 010"]
    assert {one.label: one.value for one in contacts.details_of(kept)} == {"Size": "38", "Colour": "green"}
    assert drafts.of(bo.id, kept) == {"dm:2": "Dear Ana", "note": "Mine"}


def test_the_old_profile_points_to_the_kept_one(ana: Identity, double: Identity, mia: User, now: datetime) -> None:
    old = double.customer
    kept = merge(ana, double, mia, now)
    assert customers.survivor(old) is kept


def test_what_was_merged_before_points_to_the_last_one(
    ana: Identity, double: Identity, account: Account, mia: User, now: datetime
) -> None:
    oldest = double.customer
    middle = make_identity(account, "Ana T.")
    merge(middle, double, mia, now)
    kept = merge(ana, middle, mia, now)
    assert customers.survivor(oldest) is kept


def test_a_snapshot_is_kept_in_the_audit_log(ana: Identity, double: Identity, mia: User, now: datetime) -> None:
    igsid = double.igsid
    merge(ana, double, mia, now)
    entry = db.session().scalars(sa.select(AuditEntry).where(AuditEntry.action == "customer.merged")).one()
    assert entry.user_id == mia.id
    assert entry.details["gone"]["identities"] == [[double.account_id, igsid]]


def test_two_open_conversations_become_one_with_the_earliest_due_time(
    ana: Identity, double: Identity, mia: User, now: datetime
) -> None:
    write(ana, now=now)
    write(double, at=now - utc.minutes(10), now=now)
    merge(ana, double, mia, now)
    current = conversation_of(ana)
    assert len(current.open_sessions) == 2
    assert current.due_at == now + utc.minutes(50)


def test_the_agent_is_the_kept_ones_and_the_others_place_is_free(
    ana: Identity, double: Identity, bo: User, cy: User, mia: User, now: datetime
) -> None:
    write(ana, now=now)
    held(ana, bo, now)
    write(double, now=now)
    held(double, cy, now)
    merge(ana, double, mia, now)
    assert (conversation_of(ana).agent_id, load(bo), load(cy)) == (bo.id, 1, 0)
    assert capacity.recount() == {}


def test_where_the_kept_one_has_no_agent_the_others_goes_on(
    ana: Identity, double: Identity, bo: User, mia: User, now: datetime
) -> None:
    write(double, now=now)
    held(double, bo, now)
    write(ana, now=now)
    merge(ana, double, mia, now)
    assert (conversation_of(ana).agent_id, load(bo)) == (bo.id, 1)


def test_nobody_is_brought_above_the_maximum(
    ana: Identity, double: Identity, account: Account, bo: User, mia: User, now: datetime
) -> None:
    write(ana, now=now)
    done(closing.no_reply_needed(held(ana, bo, now), bo, now))
    for _ in range(5):
        write(make_identity(account), now=now)
        done(routing.next_for(bo, now))
    write(double, now=now)
    merge(ana, double, mia, now)
    assert (conversation_of(ana).agent_id, load(bo)) == (None, 5)
    assert "Returned to the queue because its agent has no room for it" in events(ana)
    assert capacity.recount() == {}


def test_a_waiting_conversation_with_room_takes_the_work(
    ana: Identity, double: Identity, bo: User, mia: User, now: datetime
) -> None:
    write(ana, now=now)
    done(closing.no_reply_needed(held(ana, bo, now), bo, now))
    write(double, now=now)
    merge(ana, double, mia, now)
    assert (conversation_of(ana).agent_id, conversation_of(ana).status, load(bo)) == (bo.id, Status.OPEN, 1)


def test_what_is_on_its_way_still_answers(ana: Identity, double: Identity, bo: User, mia: User, now: datetime) -> None:
    write(ana, at=now - utc.minutes(5), now=now)
    write(double, now=now)
    item = done(replies.reply(double.customer, bo, "Hi", "key", now + utc.seconds(1)))
    assert item.send is not None
    done(sends.claim(item.send.id, "worker", now + utc.seconds(1)))
    merge(ana, double, mia, now)
    done(sends.record_sent(item.send, "m1", now + utc.seconds(5)))
    waiting = [one.identity_id for one in conversation_of(ana).open_sessions if one.unanswered_at is not None]
    assert waiting == [ana.id]


def test_topics_of_both_are_kept(
    ana: Identity, double: Identity, bo: User, mia: User, ada: User, now: datetime
) -> None:
    write(ana, now=now)
    write(double, now=now)
    returns, size = topics.create("Returns", None, ada, now), topics.create("Size", None, ada, now)
    for identity, topic in ((ana, returns), (double, returns), (double, size)):
        topics.add(conversation_of(identity), topic, bo, now)
    merge(ana, double, mia, now)
    assert topics.of([conversation_of(ana).id]) == {conversation_of(ana).id: [returns, size]}


def test_after_closing_the_right_one_is_reopened(
    ana: Identity, double: Identity, bo: User, mia: User, now: datetime
) -> None:
    write(ana, now=now)
    write(double, now=now + utc.seconds(1))
    merge(ana, double, mia, now + utc.seconds(2))
    right = conversation_of(ana)
    done(closing.close(right, mia, now + utc.minutes(1)))
    write(double, "Hello again", now=now + utc.minutes(2))
    assert conversation_of(ana).id == right.id


def test_a_profile_is_not_merged_with_itself_or_twice(
    ana: Identity, double: Identity, mia: User, now: datetime
) -> None:
    customer, gone = ana.customer, double.customer
    done(None)
    assert "itself" in refused(lambda: merging.merge(customer, customer, mia, now))
    done(merging.merge(customer, gone, mia, now))
    assert "already" in refused(lambda: merging.merge(customer, gone, mia, now))


def test_who_is_being_erased_is_merged_with_nobody(ana: Identity, double: Identity, mia: User, now: datetime) -> None:
    write(double, "Of somebody else", now=now)
    done(erasures.of_customer(ana.customer, mia, now))
    erased, other = ana.customer, double.customer
    for kept, gone in ((erased, other), (other, erased)):
        assert "being erased" in refused(partial(merging.merge, kept, gone, mia, now))


def test_the_kept_profiles_block_wins(ana: Identity, double: Identity, mia: User, now: datetime) -> None:
    done(blocking.block(double.customer, mia, now))
    assert not merge(ana, double, mia, now).is_blocked


def test_a_blocked_profile_that_is_kept_closes_what_was_open(
    ana: Identity, double: Identity, mia: User, now: datetime
) -> None:
    done(blocking.block(ana.customer, mia, now))
    write(double, now=now)
    merge(ana, double, mia, now)
    assert conversation_of(ana).status == Status.CLOSED


def test_a_reply_goes_on_in_the_merged_thread(
    ana: Identity, double: Identity, bo: User, mia: User, now: datetime
) -> None:
    write(ana, now=now)
    write(double, now=now + utc.seconds(1))
    kept = merge(ana, double, mia, now)
    item = done(replies.reply(kept, bo, "Hi", "key", now + utc.seconds(5)))
    assert item.identity_id == double.id
    send_out(item, now + utc.seconds(6))
    answer(ana, bo, now + utc.seconds(7))


def test_it_is_routed_on_where_it_waits(ana: Identity, double: Identity, bo: User, mia: User, now: datetime) -> None:
    write(ana, now=now)
    write(double, now=now)
    merge(ana, double, mia, now)
    assert route_all(now) == 1
    assert offered_to(ana) == bo.id


# --- suggestions


def test_an_equal_email_phone_or_volunteered_username_suggests_a_match(
    ana: Identity, account: Account, bo: User, now: datetime
) -> None:
    by_email, by_phone, by_name = (make_identity(account, name) for name in ("E", "P", "U"))
    contacts.add_point(ana.customer, ContactKind.EMAIL, "ana@example.com", bo, now)
    contacts.add_point(by_email.customer, ContactKind.EMAIL, "Ana@Example.com", bo, now)
    contacts.add_point(ana.customer, ContactKind.PHONE, "+351 912 555 010", bo, now)
    contacts.add_point(by_phone.customer, ContactKind.PHONE, "+351912555010", bo, now)
    contacts.set_detail(ana.customer, "Instagram username", "@ana.silva", bo, now)
    contacts.set_detail(by_name.customer, "Instagram Username", "Ana.Silva", bo, now)
    assert merging.suggestions(ana.customer) == [by_email.customer, by_phone.customer, by_name.customer]


def test_names_and_refreshed_usernames_suggest_nothing(ana: Identity, account: Account) -> None:
    other = make_identity(account, "Ana")
    ana.customer.username = other.customer.username = "ana"
    assert merging.suggestions(ana.customer) == []


def test_no_match_dismisses_it_for_good_and_on_both_sides(
    ana: Identity, double: Identity, account: Account, bo: User, now: datetime
) -> None:
    for customer in (ana.customer, double.customer):
        contacts.add_point(customer, ContactKind.EMAIL, "info@example.com", bo, now)
    done(merging.dismiss(double.customer, ana.customer, bo, now))
    assert merging.suggestions(ana.customer) == []
    assert merging.suggestions(double.customer) == []


def test_a_dismissal_holds_after_a_merge(
    ana: Identity, double: Identity, account: Account, bo: User, mia: User, now: datetime
) -> None:
    other = make_identity(account, "Somebody else")
    for customer in (double.customer, other.customer):
        contacts.add_point(customer, ContactKind.EMAIL, "info@example.com", bo, now)
    done(merging.dismiss(double.customer, other.customer, bo, now))
    kept = merge(ana, double, mia, now)
    assert merging.suggestions(kept) == []
