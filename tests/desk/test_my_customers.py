"""Whom an agent has, page by page (UX: needs me first, then earliest due)."""

from datetime import datetime

import pytest

from igapp import db, utc
from igapp.desk import closing, conversations, my_customers
from igapp.models import Account, Conversation, User
from tests.desk.acts import done
from tests.factories import conversation_of, make_identity, write


@pytest.fixture
def waiting(account: Account, bo: User, now: datetime) -> list[Conversation]:
    """Customers of Bo's who only wait to be closed, last heard from first."""
    return [waiting_since(now - utc.minutes(minutes), account, bo) for minutes in range(my_customers.PAGE_SIZE + 5)]


def waiting_since(at: datetime, account: Account, bo: User) -> Conversation:
    ana = make_identity(account)
    write(ana, now=at)
    found = conversation_of(ana)
    conversations.assign(found, bo, at)
    closing.no_reply_needed(found, bo, at)
    return found


def pages(bo: User) -> list[list[int]]:
    """The numbers of all conversations, page by page."""
    db.commit()
    first = my_customers.page(bo.id)
    found, key = [[one.id for one in first.conversations]], first.next_key
    while key is not None:
        page = my_customers.page(bo.id, key)
        found, key = [*found, [one.id for one in page.conversations]], page.next_key
    return found


def test_pages_join_without_a_gap(waiting: list[Conversation], bo: User) -> None:
    first, second = pages(bo)
    assert len(first) == my_customers.PAGE_SIZE
    assert first + second == [one.id for one in waiting]


def test_those_of_whom_nothing_was_ever_heard_come_last_and_are_not_lost(waiting: list[Conversation], bo: User) -> None:
    silent = [waiting[3], waiting[1]]
    for one in silent:
        one.last_item_at = None
    found = [number for page in pages(bo) for number in page]
    assert found[-2:] == [one.id for one in silent]
    assert sorted(found) == sorted(one.id for one in waiting)


def test_pages_of_those_alone_join_too(waiting: list[Conversation], bo: User) -> None:
    for one in waiting:
        one.last_item_at = None
    first, second = pages(bo)
    assert (len(first), len(second)) == (my_customers.PAGE_SIZE, 5)
    assert first + second == sorted((one.id for one in waiting), reverse=True)


def test_the_first_page_begins_with_those_who_need_an_answer(
    waiting: list[Conversation], account: Account, bo: User, now: datetime
) -> None:
    busy = []
    for minutes in (1, 2):
        lena = make_identity(account)
        write(lena, now=now - utc.minutes(minutes))
        conversations.assign(conversation_of(lena), bo, now)
        busy.append(done(conversation_of(lena)).id)
    first, second = pages(bo)
    assert first[:3] == [busy[1], busy[0], waiting[0].id]
    assert not set(busy) & set(second)
