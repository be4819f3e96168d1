"""Next and Close & Next: up to the maximum, at once, without an offer (SPEC 5.9)."""

from datetime import datetime

from igapp import utc
from igapp.desk import availability, routing
from igapp.models import Account, Status, User
from tests.desk.acts import answer, done, echo, events, held, load, offered_to, refused
from tests.factories import conversation_of, make_account, make_agent, make_identity, make_inbox, route_all, write


def take(bo: User, account: Account, now: datetime) -> None:
    write(make_identity(account), now=now)
    assert done(routing.next_for(bo, now))[0] is not None


def test_next_gives_the_first_of_the_queue_at_once(account: Account, bo: User, now: datetime) -> None:
    later, first = make_identity(account), make_identity(account)
    write(later, now=now)
    write(first, at=now - utc.minutes(5), now=now)
    done(routing.next_for(bo, now))
    found = conversation_of(first)
    assert (found.agent_id, found.status, found.offered_to_id) == (bo.id, Status.OPEN, None)
    assert events(first, viewer=bo)[-1] == "Routed to you because you pressed Next"


def test_next_goes_beyond_the_standard_up_to_the_maximum(account: Account, bo: User, now: datetime) -> None:
    for _ in range(5):
        take(bo, account, now)
    write(make_identity(account), now=now)
    assert routing.next_for(bo, now) == (None, "You have 5 of 5 customers. Close one to receive another.")
    assert load(bo) == 5


def test_next_says_that_nobody_is_waiting(bo: User, now: datetime) -> None:
    assert routing.next_for(bo, now) == (None, "Nobody is waiting.")


def test_next_works_only_with_messaging_on(account: Account, bo: User, now: datetime) -> None:
    write(make_identity(account), now=now)
    done(availability.switch(bo, False, now))
    assert refused(lambda: routing.next_for(bo, now)) == "Switch Messaging on to receive customers."


def test_next_does_not_work_while_an_offer_is_pending(account: Account, bo: User, now: datetime) -> None:
    write(make_identity(account), now=now)
    write(make_identity(account), now=now)
    route_all(now)
    assert refused(lambda: routing.next_for(bo, now)) == "Answer the request in the banner first."


def test_next_does_not_take_what_another_agent_is_being_asked(account: Account, bo: User, now: datetime) -> None:
    ana = make_identity(account)
    write(ana, now=now)
    route_all(now)
    cy = make_agent("Cy", now)
    assert routing.next_for(cy, now) == (None, "Nobody is waiting.")
    assert offered_to(ana) == bo.id


def test_next_takes_from_the_agents_own_inboxes_only(account: Account, bo: User, now: datetime) -> None:
    write(make_identity(make_account("our.returns", make_inbox("Returns"))), now=now)
    assert routing.next_for(bo, now) == (None, "Nobody is waiting.")


def test_what_began_in_the_app_says_so_with_next_too(account: Account, bo: User, now: datetime) -> None:
    ana = make_identity(account)
    echo(ana, now)
    done(routing.next_for(bo, now))
    assert events(ana, viewer=bo)[-1] == "Routed to you because of an outgoing Instagram message."


def test_next_of_a_conversation_goes_first_to_ones_own_who_need_attention(
    account: Account, bo: User, now: datetime
) -> None:
    mine, waiting = make_identity(account), make_identity(account)
    write(mine, now=now)
    held(mine, bo, now)
    write(waiting, at=now - utc.minutes(30), now=now)
    conversation, _ = done(routing.next_in_turn(bo, now))
    assert conversation is not None
    assert conversation.customer_id == mine.customer_id
    assert conversation_of(waiting).agent_id is None


def test_of_several_of_ones_own_the_earliest_due_comes_first(account: Account, bo: User, now: datetime) -> None:
    late, early = make_identity(account), make_identity(account)
    for customer, at in ((late, now), (early, now - utc.minutes(30))):
        write(customer, at=at, now=now)
        held(customer, bo, now)
    conversation, _ = done(routing.next_in_turn(bo, now))
    assert conversation is not None
    assert conversation.customer_id == early.customer_id


def test_next_of_a_conversation_leaves_that_customer(account: Account, bo: User, now: datetime) -> None:
    mine, waiting = make_identity(account), make_identity(account)
    write(mine, now=now)
    held(mine, bo, now)
    write(waiting, now=now)
    conversation, _ = done(routing.next_in_turn(bo, now, after_id=mine.customer_id))
    assert conversation is not None
    assert conversation.customer_id == waiting.customer_id


def test_with_all_of_ones_own_answered_it_acts_like_next(account: Account, bo: User, now: datetime) -> None:
    mine, waiting = make_identity(account), make_identity(account)
    write(mine, now=now)
    held(mine, bo, now)
    answer(mine, bo, now)
    write(waiting, now=now)
    conversation, _ = done(routing.next_in_turn(bo, now))
    assert conversation is not None
    assert conversation.customer_id == waiting.customer_id
