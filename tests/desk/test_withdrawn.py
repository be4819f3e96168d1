"""When a banner goes away by itself: the sentence, no pause, and the work routed on where it still waits (SPEC 5.5)."""

from collections.abc import Callable
from datetime import datetime

import pytest

from igapp import db, utc
from igapp.desk import (
    arrivals,
    assignments,
    availability,
    blocking,
    closing,
    comments,
    merging,
    offers,
    people,
    replies,
)
from igapp.models import Account, Identity, OfferState, Status, User
from tests.desk.acts import accept, agent_row, done, echo, hear, load, offer_of, offered_to
from tests.factories import comment, conversation_of, make_agent, make_identity, make_inbox, route_all, write


@pytest.fixture
def ana(account: Account, bo: User, now: datetime) -> Identity:
    """A customer whose banner Bo sees."""
    ana = make_identity(account)
    write(ana, now=now)
    route_all(now)
    assert offered_to(ana) == bo.id
    return ana


def check_withdrawn(bo: User, sentence: str, now: datetime) -> None:
    assert offer_of(bo, now) is None
    gone = offers.last_withdrawn_for(bo.id, now)
    assert gone is not None
    assert (gone.state, gone.withdrawn_because) == (OfferState.WITHDRAWN, sentence)
    assert agent_row(bo).paused_at is None
    assert load(bo) == 0


def test_when_someone_closes(ana: Identity, bo: User, mia: User, now: datetime) -> None:
    done(closing.close(conversation_of(ana), mia, now))
    check_withdrawn(bo, "Mia closed this conversation.", now)
    assert conversation_of(ana).status == Status.CLOSED


def test_when_someone_replies(ana: Identity, bo: User, mia: User, now: datetime) -> None:
    done(replies.reply(ana.customer, mia, "Hi", "key", now))
    check_withdrawn(bo, "Mia answered this customer.", now)
    assert conversation_of(ana).agent_id == mia.id


def test_when_the_agent_replies_instead_of_accepting(ana: Identity, bo: User, now: datetime) -> None:
    done(replies.reply(ana.customer, bo, "Hi", "key", now))
    assert offer_of(bo, now) is None
    assert conversation_of(ana).agent_id == bo.id
    assert load(bo) == 1


def test_when_someone_answers_a_comment(account: Account, bo: User, mia: User, now: datetime) -> None:
    lena = make_identity(account)
    said = comment(lena)
    route_all(now)
    done(comments.reply_publicly(said, mia, "Thanks", "key", now))
    check_withdrawn(bo, "Mia answered this customer.", now)


def test_when_someone_marks_it_no_reply_needed(ana: Identity, bo: User, mia: User, now: datetime) -> None:
    done(closing.no_reply_needed(conversation_of(ana), mia, now))
    check_withdrawn(bo, "Mia marked it as No Reply Needed.", now)
    assert conversation_of(ana).status == Status.WAITING


def test_no_reply_needed_on_one_of_two_routes_the_rest_on_at_once(
    ana: Identity, bo: User, mia: User, now: datetime
) -> None:
    said = comment(ana)
    done(closing.no_reply_needed(conversation_of(ana), mia, now, said.session))
    check_withdrawn(bo, "Mia marked it as No Reply Needed.", now)
    route_all(now)
    assert offered_to(ana) == bo.id


def test_when_someone_blocks_the_customer(ana: Identity, bo: User, mia: User, now: datetime) -> None:
    done(blocking.block(ana.customer, mia, now))
    check_withdrawn(bo, "Mia blocked this customer.", now)


def test_when_someone_merges(ana: Identity, account: Account, bo: User, mia: User, now: datetime) -> None:
    done(merging.merge(make_identity(account, "Lena").customer, ana.customer, mia, now))
    check_withdrawn(bo, "Mia merged this customer with another profile.", now)
    route_all(now)
    assert offered_to(ana) == bo.id


def test_when_a_manager_gives_it_to_another_agent(ana: Identity, bo: User, mia: User, now: datetime) -> None:
    cy = make_agent("Cy", now)
    done(assignments.to_agent(conversation_of(ana), cy, mia, now))
    check_withdrawn(bo, "Mia gave this request to Cy.", now)
    assert offered_to(ana) == cy.id


def test_when_a_manager_moves_it_to_another_inbox(ana: Identity, bo: User, mia: User, now: datetime) -> None:
    done(assignments.to_inbox(conversation_of(ana), make_inbox("Returns"), mia, now))
    check_withdrawn(bo, "Mia moved this request to Returns.", now)
    assert conversation_of(ana).status == Status.NEW


@pytest.mark.parametrize(
    ("leave", "sentence"),
    [
        (lambda bo, now: availability.switch(bo, False, now), "You switched Messaging off."),
        (availability.signed_out, "You signed out."),
        (availability.deactivated, "You were deactivated."),
    ],
)
def test_when_the_agent_goes(
    ana: Identity, bo: User, now: datetime, leave: Callable[[User, datetime], None], sentence: str
) -> None:
    cy = make_agent("Cy", now)
    done(leave(bo, now))
    check_withdrawn(bo, sentence, now)
    assert route_all(now) == 1
    assert offered_to(ana) == cy.id


def test_when_an_administrator_deactivates_the_agent(ana: Identity, bo: User, ada: User, now: datetime) -> None:
    done(people.deactivate(bo, ada, now))
    check_withdrawn(bo, "You were deactivated.", now)


def test_an_unsend_alone_does_not_withdraw_it(account: Account, bo: User, now: datetime) -> None:
    lena = make_identity(account)
    message = write(lena, now=now)
    route_all(now)
    done(arrivals.receive_unsend(lena, str(message.platform_id), now, now))
    assert offered_to(lena) == bo.id
    assert conversation_of(lena).due_at is None


def test_an_echo_alone_does_not_withdraw_it(ana: Identity, bo: User, now: datetime) -> None:
    echo(ana, now + utc.seconds(2))
    assert offered_to(ana) == bo.id
    assert accept(bo, now + utc.seconds(3)).customer_id == ana.customer_id


def test_a_comment_that_its_author_deleted_leaves_nothing_to_offer(account: Account, bo: User, now: datetime) -> None:
    lena = make_identity(account)
    said = comment(lena)
    route_all(now)
    done(arrivals.receive_unsend(lena, str(said.platform_id), now, now))
    check_withdrawn(bo, "The comment was deleted by its author.", now)


def test_a_comment_that_its_author_deleted_leaves_the_rest_offered(ana: Identity, bo: User, now: datetime) -> None:
    item = done(comment(ana, at=now))
    done(arrivals.receive_unsend(ana, str(item.platform_id), now, now))
    assert offer_of(bo, now) is not None


def test_what_was_withdrawn_counts_as_neither_declined_nor_missed(
    ana: Identity, account: Account, bo: User, mia: User, now: datetime
) -> None:
    done(availability.switch(bo, False, now))
    done(availability.switch(bo, True, now))
    hear(now, bo)
    assert route_all(now) == 1
    assert offered_to(ana) == bo.id


def test_the_sentence_is_shown_for_a_while(ana: Identity, bo: User, mia: User, now: datetime) -> None:
    done(closing.close(conversation_of(ana), mia, now))
    db.commit()
    assert offers.last_withdrawn_for(bo.id, now + utc.seconds(20)) is not None
    assert offers.last_withdrawn_for(bo.id, now + utc.seconds(21)) is None
