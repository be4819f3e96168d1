"""Managers' view of the inboxes, and giving work away."""

import contextvars
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from igapp import db, utc
from igapp.desk import closing, conversations, merging, offers, overview
from igapp.desk.overview import Alarms, Filter
from igapp.models import Conversation, Identity, Role, Status, User
from tests.desk.acts import rung
from tests.factories import (
    conversation_of,
    make_account,
    make_agent,
    make_identity,
    make_inbox,
    make_user,
    route_all,
    support,
    write,
)
from tests.infra.counting import queries
from tests.web.conftest import Door

Enter = Callable[..., Door]
NOW = utc.now()


@pytest.fixture
def mia(db_session: object) -> User:
    return make_user("Mia", Role.MANAGER)


def arrived(name: str, at: datetime = NOW) -> Identity:
    identity = make_identity(make_account(), name)
    write(identity, now=at)
    return identity


def names(found: overview.Page) -> list[str]:
    return [one.customer.display_name for one in found.conversations]


def test_conversations_are_listed_by_status(db_session: Session) -> None:
    bo = make_agent("Bo", NOW)
    new, held, closed = arrived("Ana"), arrived("Lena"), arrived("Priya")
    conversations.assign(conversation_of(held), bo, NOW)
    closing.close(conversation_of(closed), bo, NOW)
    assert names(overview.page(Filter(Status.NEW), NOW)) == ["Ana"]
    assert names(overview.page(Filter(Status.OPEN), NOW)) == ["Lena"]
    assert names(overview.page(Filter(Status.CLOSED), NOW)) == ["Priya"]
    assert overview.counts(Filter(), NOW) == {Status.NEW: 1, Status.OPEN: 1, Status.WAITING: 0}
    assert new.customer.display_name == "Ana"


def test_the_earliest_due_come_first_and_pages_join_without_a_gap(db_session: Session) -> None:
    for minutes in (3, 1, 2, 5, 4):
        arrived(f"c{minutes}", NOW - utc.minutes(minutes))
    first = overview.page(Filter(), NOW, limit=2)
    second = overview.page(Filter(), NOW, first.next_key, limit=2)
    third = overview.page(Filter(), NOW, second.next_key, limit=2)
    assert names(first) + names(second) + names(third) == ["c5", "c4", "c3", "c2", "c1"]
    assert third.next_key is None


def test_closed_ones_are_paged_too(db_session: Session) -> None:
    bo = make_user("Bo")
    for minutes in (3, 1, 2):
        closing.close(conversation_of(arrived(f"c{minutes}")), bo, NOW - utc.minutes(minutes))
    first = overview.page(Filter(Status.CLOSED), NOW, limit=2)
    second = overview.page(Filter(Status.CLOSED), NOW, first.next_key, limit=2)
    assert names(first) + names(second) == ["c1", "c2", "c3"]


@pytest.mark.parametrize("after", ["2020-01-01~5", "0001-01-01T00:00:00+14:00~5", "~", "nonsense"])
def test_an_address_that_ends_nowhere_shows_the_first_page(enter: Enter, mia: User, after: str) -> None:
    arrived("Ana")
    assert "Ana" in enter(mia).get(f"/inboxes?after={quote(after)}").text


def test_filters_narrow_the_list(db_session: Session) -> None:
    bo, cy = make_agent("Bo", NOW), make_agent("Cy", NOW)
    late = arrived("Late", NOW - utc.hours(2))
    for name, agent in (("Ana", bo), ("Lena", cy)):
        conversations.assign(conversation_of(arrived(name)), agent, NOW)
    assert names(overview.page(Filter(Status.OPEN, agent_id=bo.id), NOW)) == ["Ana"]
    assert names(overview.page(Filter(is_overdue=True), NOW)) == ["Late"]
    assert names(overview.page(Filter(inbox_id=make_inbox("Care").id), NOW)) == []
    assert overview.alarms(None, NOW) == {Status.NEW: Alarms(1, 0), Status.OPEN: Alarms(0, 0)}
    late.window_opened_at = NOW - utc.days(6.5)
    assert names(overview.page(Filter(is_closing_soon=True), NOW)) == ["Late"]
    assert overview.alarms(None, NOW)[Status.NEW] == Alarms(1, 1)


def test_the_window_that_closes_first_stands_first(db_session: Session) -> None:
    for number, hours in enumerate((3, 9, 1, 5, 7)):
        ana = arrived(f"{hours} h", NOW - utc.minutes(number))
        ana.window_opened_at = NOW - utc.days(7) + utc.hours(hours)
    closing = Filter(is_closing_soon=True)
    first = overview.page(closing, NOW, limit=2)
    second = overview.page(closing, NOW, first.next_key, limit=2)
    third = overview.page(closing, NOW, second.next_key, limit=2)
    assert [*names(first), *names(second), *names(third)] == ["1 h", "3 h", "5 h", "7 h", "9 h"]


def test_what_is_late_is_told_by_status_and_leads_there(enter: Enter, mia: User) -> None:
    now, bo = utc.now(), make_agent("Bo", utc.now())
    arrived("Late", now - utc.hours(3))
    conversations.assign(conversation_of(arrived("Held", now - utc.hours(2))), bo, now)
    door = enter(mia)
    page = door.get("/inboxes?status=waiting").text
    for status, name in (("new", "Late"), ("open", "Held")):
        address = f"/inboxes?status={status}&amp;overdue=1"
        assert f'href="{address}">1 {status} overdue</a>' in page
        assert f'href="{address}">1 {status}</a>' in door.get("/reports").text
        assert name in door.get(address.replace("&amp;", "&")).text


def test_staffing_says_who_could_receive_work(db_session: Session) -> None:
    make_agent("Bo", NOW)
    paused = make_agent("Cy", NOW)
    paused.agent.paused_at = NOW
    make_user("Dee")
    make_agent("Eli", NOW - utc.minutes(5))
    staff = overview.staffing(NOW)[support().id]
    assert (staff.members, staff.available, staff.with_room, staff.paused) == (4, 2, 1, 1)


def test_a_page_says_where_each_stands(enter: Enter, mia: User) -> None:
    now = utc.now()
    make_agent("Bo", now)
    arrived("Ana", now - utc.minutes(1))
    arrived("Lena", now)
    route_all(now)
    page = enter(mia).get("/inboxes").text
    assert "Offered to Bo, " in page
    assert "After what is offered now" in page


def test_what_was_declined_is_said(enter: Enter, mia: User) -> None:
    now = utc.now()
    bo = make_agent("Bo", now)
    arrived("Ana", now)
    route_all(now)
    offer = offers.pending_for(bo.id, now)
    assert offer is not None
    offers.decline(offer, bo, now)
    assert "Declined by Bo: everybody available declined" in enter(mia).get("/inboxes").text


def test_a_manager_assigns_to_an_agent(enter: Enter, mia: User) -> None:
    bo, ana = make_agent("Bo"), arrived("Ana")
    conversation = conversation_of(ana)
    enter(mia).post("/inboxes/assignments", conversation=conversation.id, to=f"agent:{bo.id}")
    offer = offers.pending_for(bo.id, utc.now())
    assert offer is not None
    assert offer.conversation_id == conversation.id


def test_several_are_moved_to_an_inbox_at_once(enter: Enter, mia: User) -> None:
    care = make_inbox("Care")
    ids = [conversation_of(arrived(name)).id for name in ("Ana", "Lena")]
    enter(mia).post("/inboxes/assignments", conversation=ids, to=f"inbox:{care.id}")
    db.session().expire_all()
    moved = db.session().scalars(sa.select(Conversation.inbox_id))
    assert list(moved) == [care.id, care.id]


def test_what_is_refused_is_said_and_the_rest_is_done(enter: Enter, mia: User) -> None:
    bo = make_agent("Bo")
    ids = [conversation_of(arrived(name)).id for name in ("Ana", "Lena")]
    door = enter(mia)
    door.post("/inboxes/assignments", conversation=ids, to=f"agent:{bo.id}")
    page = door.get("/inboxes").text
    assert "1 offered to Bo." in page
    assert "Lena: Bo has another request to answer first." in page


def test_what_is_merged_meanwhile_leaves_the_others_as_they_were_done(enter: Enter, mia: User) -> None:
    care, ana, lena, twin = make_inbox("Care"), arrived("Ana"), arrived("Lena"), arrived("Lena")
    door = enter(mia)
    chosen = [conversation_of(one).id for one in (ana, lena)]
    form = {"csrf_token": door.token(), "to": f"inbox:{care.id}", "conversation": chosen}
    with ThreadPoolExecutor() as pool:
        merging.merge(twin.customer, lena.customer, mia, NOW)  # not committed yet
        posted = pool.submit(contextvars.Context().run, door.client.post, "/inboxes/assignments", data=form)
        time.sleep(0.5)
        db.commit()
        posted.result()
    page = door.get("/inboxes").text
    assert "1 moved to Care." in page
    assert "One of them is gone." in page
    assert "already" not in page


def test_nothing_chosen_is_said(enter: Enter, mia: User) -> None:
    door = enter(mia)
    door.post("/inboxes/assignments", to=f"inbox:{support().id}")
    assert "Choose at least one conversation." in door.get("/inboxes").text


def test_a_number_without_end_is_nobodys(enter: Enter, mia: User) -> None:
    answer = enter(mia).post("/inboxes/assignments", conversation=1, to=f"agent:{'9' * 5000}")
    assert answer.status_code == 400


def test_the_reasons_of_an_offer_are_told(enter: Enter, mia: User) -> None:
    now = utc.now()
    make_agent("Bo", now)
    make_user("Dee")
    ana = arrived("Ana", now)
    route_all(now)
    page = enter(mia).get(f"/inboxes/conversations/{conversation_of(ana).id}").text
    assert "Considered: Bo with 0" in page
    assert "Dee: not connected" in page


def test_its_parts_are_fetched_again_as_the_page_was_asked_for(enter: Enter, mia: User) -> None:
    ana, lena = arrived("Ana"), arrived("Lena")
    conversations.assign(conversation_of(lena), make_agent("Bo", NOW), NOW)
    door = enter(mia)
    page = door.get(f"/inboxes?status=open&inbox={support().id}").text
    for part in ("summary", "conversations"):
        again = f"/inboxes/{part}?status=open&amp;inbox={support().id}"
        assert f'hx-get="{again}"' in page
        assert f'id="{part}"' in door.get(again.replace("&amp;", "&"), htmx=True).text
    shown = door.get("/inboxes/conversations?status=open", htmx=True).text
    assert f"customer:{lena.customer_id}" in shown
    assert f"/customers/{ana.customer_id}" not in shown


def test_every_change_of_status_rings_for_it(app: Flask, db_session: Session) -> None:
    bo, ana = make_agent("Bo", NOW), arrived("Ana")
    changes: list[Callable[[Conversation], object]] = [
        lambda one: conversations.assign(one, bo, NOW),
        lambda one: closing.no_reply_needed(one, bo, NOW),
        lambda one: closing.close(one, bo, NOW),
    ]
    for change in changes:
        assert "inboxes" in rung(app, partial(change, conversation_of(ana)))


def test_what_the_page_is_asked_with_is_no_search(enter: Enter, mia: User) -> None:
    text = enter(mia).get("/inboxes?status=open").text
    assert 'hx-get="/inboxes/conversations?status=open"' in text
    assert 'placeholder="Search customers and messages" value=""' in text


def test_agents_do_not_see_the_inboxes(enter: Enter, db_session: object) -> None:
    assert enter(make_user("Bo")).get("/inboxes").status_code == 403


def test_a_page_costs_the_same_however_long_it_is(enter: Enter, mia: User) -> None:
    """GUARANTEES V4."""
    door = enter(mia)
    arrived("first")
    few = queries(lambda: door.get("/inboxes"))
    for number in range(20):
        arrived(f"c{number}")
    assert queries(lambda: door.get("/inboxes")) == few


def test_names_from_outside_are_data(enter: Enter, mia: User) -> None:
    """GUARANTEES X4."""
    arrived("<script>alert(1)</script>")
    assert "<script>alert(1)" not in enter(mia).get("/inboxes").text
