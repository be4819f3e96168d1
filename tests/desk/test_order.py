"""What is routed first, and to whom (SPEC 5.3, 5.4, GUARANTEES R2, R3)."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from igapp import db, utc
from igapp.desk import closing, offers, routing
from igapp.models import Account, InboxMember, Offer, OfferState, User
from tests.desk.acts import accept, decline, done, echo, events, held, load, offer_of, offered_to
from tests.factories import make_account, make_agent, make_identity, make_inbox, route_all, write
from tests.infra.databases import Emptier, emptying


def test_g_r3_the_earliest_due_goes_first_whatever_came_first(account: Account, bo: User, now: datetime) -> None:
    late, early = make_identity(account), make_identity(account)
    write(late, at=now, now=now)
    write(early, at=now - utc.minutes(30), now=now)
    route_all(now)
    assert offered_to(early) == bo.id


def test_what_is_overdue_goes_before_what_is_not(account: Account, bo: User, now: datetime) -> None:
    fresh, overdue = make_identity(account), make_identity(account)
    write(fresh, now=now)
    write(overdue, at=now - utc.hours(3), now=now)
    route_all(now)
    assert offered_to(overdue) == bo.id


def test_what_has_no_due_time_goes_last(account: Account, bo: User, now: datetime) -> None:
    begun, asked = make_identity(account), make_identity(account)
    echo(begun, now - utc.minutes(50))
    write(asked, now=now)
    route_all(now)
    assert offered_to(asked) == bo.id


def test_what_is_due_at_the_same_time_goes_by_arrival(account: Account, bo: User, now: datetime) -> None:
    first, second = make_identity(account), make_identity(account)
    write(first, at=now, now=now)
    write(second, at=now, now=now + utc.seconds(1))
    route_all(now + utc.seconds(1))
    assert offered_to(first) == bo.id


def test_the_earliest_due_of_several_inboxes_goes_first(account: Account, bo: User, now: datetime) -> None:
    returns = make_inbox("Returns", sla_minutes=5)
    db.session().add(InboxMember(inbox_id=returns.id, user_id=bo.id))
    slow, urgent = make_identity(account), make_identity(make_account("our.returns", returns))
    write(slow, now=now)
    write(urgent, now=now)
    route_all(now)
    assert offered_to(urgent) == bo.id


def test_nobody_but_members_of_the_inbox_is_asked(account: Account, now: datetime) -> None:
    make_agent("Dee", now, make_inbox("Returns"))
    write(make_identity(account), now=now)
    assert route_all(now) == 0


def test_becoming_a_member_lets_what_waits_be_offered(account: Account, now: datetime) -> None:
    dee, ana = make_agent("Dee", now, make_inbox("Returns")), make_identity(account)
    write(ana, now=now)
    db.session().add(InboxMember(inbox_id=account.inbox_id, user_id=dee.id))
    route_all(now)
    assert offered_to(ana) == dee.id


def test_the_agent_with_the_fewest_customers_is_asked_first(account: Account, bo: User, now: datetime) -> None:
    first, second = make_identity(account), make_identity(account)
    write(first, now=now)
    held(first, bo, now)
    cy = make_agent("Cy", now)
    write(second, now=now)
    route_all(now)
    assert offered_to(second) == cy.id


def test_of_equals_the_one_asked_longest_ago_is_asked_first(
    account: Account, bo: User, cy: User, now: datetime
) -> None:
    turns = []
    for second in range(4):
        moment = now + utc.seconds(second)
        ana = make_identity(account)
        write(ana, now=moment)
        route_all(moment)
        asked = offered_to(ana)
        turns.append(asked)
        done(closing.close(accept(bo if asked == bo.id else cy, moment), bo, moment))
    assert turns == [bo.id, cy.id, bo.id, cy.id]


def test_the_reason_is_in_the_timeline_in_words(account: Account, bo: User, mia: User, now: datetime) -> None:
    ana = make_identity(account)
    write(ana, now=now)
    route_all(now)
    assert events(ana, viewer=bo)[-1] == "Routed to you because it is the earliest due in Support"
    assert events(ana, viewer=mia)[-1] == "Routed to Bo because it is the earliest due in Support"


def test_why_me_names_who_was_considered_and_who_was_skipped_and_why(
    account: Account, bo: User, cy: User, now: datetime
) -> None:
    ana, lena = make_identity(account), make_identity(account)
    write(ana, now=now)
    route_all(now)
    decline(bo, now)
    route_all(now)
    dee, eve = make_agent("Dee", now - utc.minutes(5)), make_agent("Eve", now)
    eve.agent.is_available = False
    write(lena, at=now - utc.minutes(1), now=now)
    accepted_by_cy = offer_of(cy, now)
    assert accepted_by_cy is not None
    done(offers.accept(accepted_by_cy, cy, now))
    route_all(now)
    offer = offer_of(cy, now)
    assert offer is not None
    assert [one["name"] for one in offer.why["considered"]] == ["Cy"]
    skipped = {one["name"]: one["reason"] for one in offer.why["skipped"]}
    assert skipped["Bo"].startswith("declined or missed")
    assert skipped[dee.name] == "not connected"
    assert skipped[eve.name] == "Messaging is off"
    assert (offer.why["load"], offer.why["standard"], offer.why["skipped_count"]) == (1, 3, 3)


def test_why_me_names_few_and_counts_all(account: Account, bo: User, now: datetime) -> None:
    for number in range(12):
        make_agent(f"Away {number}", now - utc.hours(1))
    write(make_identity(account), now=now)
    route_all(now)
    offer = offer_of(bo, now)
    assert offer is not None
    assert len(offer.why["skipped"]) == 5
    assert offer.why["skipped_count"] == 12


@pytest.fixture
def emptier(database_url: str) -> Iterator[Emptier]:
    with emptying(database_url) as emptier:
        yield emptier


def test_g_r2_equal_agents_who_accept_in_turn_differ_by_at_most_one(db_session: Session, emptier: Emptier) -> None:
    """Whoever was asked first accepts first; requests come, and routing runs, at any moment in between."""

    @given(
        agents=st.integers(1, 5), steps=st.lists(st.sampled_from(["write", "write", "route", "accept"]), max_size=40)
    )
    def fair(agents: int, steps: list[str]) -> None:
        db_session.rollback()
        emptier.empty()
        now = utc.now()
        account, staff = make_account(), [make_agent(f"Agent {number}", now) for number in range(agents)]
        acts: dict[str, Callable[[], object]] = {
            "write": lambda: write(make_identity(account), now=now),
            "route": lambda: routing.route(now),
            "accept": lambda: accept_first(now),
        }
        for step in steps:
            done(acts[step]())
        while route_all(now) or accept_first(now):
            db.commit()
        loads = [load(agent) for agent in staff]
        assert sum(loads) == min(steps.count("write"), 3 * agents)
        assert max(loads) - min(loads) <= 1

    fair()


def accept_first(now: datetime) -> bool:
    pending = sa.select(Offer).where(Offer.state == OfferState.OFFERED).order_by(Offer.id).limit(1)
    offer = db.session().scalar(pending)
    if offer is not None:
        offers.accept(offer, offer.agent, now)
    return offer is not None
