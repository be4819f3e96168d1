"""Which request goes to whom, and what an offer becomes."""

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from igapp import db, utc
from igapp.desk import availability, closing, offers, replies, routing, sends
from igapp.desk.refusal import Refused
from igapp.models import Agent, Offer, OfferState, SendState, Status
from tests.factories import (
    conversation_of,
    make_account,
    make_agent,
    make_identity,
    make_inbox,
    make_user,
    route_all,
    write,
)

NOW = utc.now()


def load(user_id: int) -> int:
    db.session().expire_all()
    agent = db.session().get(Agent, user_id)
    assert agent is not None
    return agent.load


def test_a_message_is_offered_to_the_available_agent(db_session: Session) -> None:
    bo, ana = make_agent("Bo", NOW), make_identity(make_account())
    write(ana, now=NOW)
    assert route_all(NOW) == 1
    offer = offers.pending_for(bo.id, NOW)
    assert offer is not None
    assert offer.conversation.status == Status.NEW
    assert offer.expires_at == NOW + utc.seconds(30)
    assert load(bo.id) == 1


def test_several_are_offered_in_one_transaction_each_to_another(db_session: Session) -> None:
    account = make_account()
    team = [make_agent(name, NOW) for name in ("Bo", "Cy", "Di")]
    for _ in range(4):
        write(make_identity(account), now=NOW)
    given = []
    while routing.route(NOW, most=2):
        given.append([one.id for one in team if offers.pending_for(one.id, NOW)])
        db.commit()
    assert [len(one) for one in given] == [2, 3]
    assert [load(one.id) for one in team] == [1, 1, 1]


def test_routers_take_turns(db_session: Session) -> None:
    routing.route(NOW)
    here = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    turns = f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND {here}"
    assert not db.is_postgres() or db.session().scalar(sa.text(turns)) == 1
    db.commit()
    assert not db.is_postgres() or db.session().scalar(sa.text(turns)) == 0


def test_accepting_makes_the_agent_hold_the_customer(db_session: Session) -> None:
    bo, ana = make_agent("Bo", NOW), make_identity(make_account())
    write(ana, now=NOW)
    route_all(NOW)
    offer = offers.pending_for(bo.id, NOW)
    assert offer is not None
    offers.accept(offer, bo, NOW)
    db.commit()
    assert conversation_of(ana).agent_id == bo.id
    assert conversation_of(ana).status == Status.OPEN
    assert load(bo.id) == 1


def test_a_late_accept_is_told_that_it_went_elsewhere(db_session: Session) -> None:
    bo, cy, ana = make_agent("Bo", NOW), make_agent("Cy", NOW), make_identity(make_account())
    write(ana, now=NOW)
    route_all(NOW)
    first = offers.pending_for(bo.id, NOW)
    assert first is not None
    later = NOW + utc.seconds(30)
    availability.heard_from(cy.id, later)
    with pytest.raises(Refused, match="routed to another agent"):
        offers.accept(first, bo, later)
    assert offers.expired(later) == [first.id]
    offers.expire(first.id, later)
    db.commit()
    assert first.state == OfferState.MISSED
    route_all(later)
    assert offers.pending_for(cy.id, later) is not None
    assert (load(bo.id), load(cy.id)) == (0, 1)


def test_after_a_decline_nothing_is_offered_until_next(db_session: Session) -> None:
    bo, account = make_agent("Bo", NOW), make_account()
    ana = make_identity(account)
    write(ana, now=NOW)
    route_all(NOW)
    offer = offers.pending_for(bo.id, NOW)
    assert offer is not None
    offers.decline(offer, bo, NOW)
    db.commit()
    assert route_all(NOW) == 0
    conversation, _ = routing.next_for(bo, NOW)
    db.commit()
    assert conversation is not None
    assert conversation.agent_id == bo.id
    assert load(bo.id) == 1


def test_standard_capacity_is_given_and_next_goes_up_to_the_maximum(db_session: Session) -> None:
    bo, account = make_agent("Bo", NOW), make_account()
    for number in range(7):
        write(make_identity(account, f"Customer {number}"), now=NOW)
    for _ in range(3):
        assert route_all(NOW) == 1
        offer = offers.pending_for(bo.id, NOW)
        assert offer is not None
        offers.accept(offer, bo, NOW)
        db.commit()
    assert route_all(NOW) == 0
    assert routing.next_for(bo, NOW)[0] is not None
    assert routing.next_for(bo, NOW)[0] is not None
    conversation, sentence = routing.next_for(bo, NOW)
    assert conversation is None
    assert "5 of 5" in sentence
    assert load(bo.id) == 5
    assert routing.waiting_count(bo.id) == 2


def test_messaging_off_withdraws_the_offer_without_a_pause(db_session: Session) -> None:
    bo, cy, ana = make_agent("Bo", NOW), make_agent("Cy", NOW), make_identity(make_account())
    write(ana, now=NOW)
    route_all(NOW)
    availability.switch(bo, False, NOW)
    db.commit()
    route_all(NOW)
    assert offers.pending_for(cy.id, NOW) is not None
    assert load(bo.id) == 0
    assert bo.agent.paused_at is None


def test_an_agent_not_heard_from_is_offered_nothing(db_session: Session) -> None:
    make_agent("Bo", NOW - utc.seconds(31))
    write(make_identity(make_account()), now=NOW)
    assert route_all(NOW) == 0


def test_closing_frees_the_place(db_session: Session) -> None:
    bo, ana = make_agent("Bo", NOW), make_identity(make_account())
    write(ana, now=NOW)
    route_all(NOW)
    offer = offers.pending_for(bo.id, NOW)
    assert offer is not None
    closing.close(offers.accept(offer, bo, NOW), bo, NOW)
    db.commit()
    assert load(bo.id) == 0
    assert conversation_of(ana).status == Status.CLOSED


def test_a_reply_takes_an_unassigned_conversation_and_answers_when_sent(db_session: Session) -> None:
    bo, ana = make_user("Bo"), make_identity(make_account())
    write(ana, now=NOW)
    item = replies.reply(ana.customer, bo, "Hi Ana", "key-1", NOW)
    db.commit()
    assert conversation_of(ana).agent_id == bo.id
    assert conversation_of(ana).needs_attention
    assert replies.reply(ana.customer, bo, "Hi Ana", "key-1", NOW) is item
    send = item.send
    assert send is not None
    assert sends.claim(send.id, "worker", NOW) is send
    assert sends.claim(send.id, "other", NOW) is None
    sends.record_sent(send, "mid-reply", NOW)
    db.commit()
    assert send.state == SendState.SENT
    assert not conversation_of(ana).needs_attention
    assert conversation_of(ana).due_at is None
    assert load(bo.id) == 1


def test_work_is_offered_to_members_of_its_inbox_alone(db_session: Session) -> None:
    make_agent("Bo", NOW, make_inbox("Returns"))
    cy, account = make_agent("Cy", NOW), make_account()
    for number in range(2):
        write(make_identity(account, f"Customer {number}"), now=NOW)
    route_all(NOW)
    assert db.session().scalars(sa.select(Offer.agent_id)).all() == [cy.id]
