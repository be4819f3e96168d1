"""How search asks the databases: by their indexes, whatever the words, once there is enough to search (V5)."""

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import REGCLASS

from benchmarks import talk
from igapp import db, utc
from igapp.desk import ledger, search
from tests.factories import make_account
from tests.infra.plans import plan, statements

CUSTOMERS, MESSAGES = 2_000, 6_000
WORDS = talk.Talk().words
QUESTIONS = (
    "order",
    WORDS[-100],
    f"order {WORDS[40]}",
    "b",
    "Maria",
    "user.17",
    "Größe für",
    "nobodywrote",
    "order z",
    "😀",
    "order 😀",
)


@pytest.fixture
def years(db_session: object) -> None:
    """So many messages that reading all of them is not the quickest way."""
    talk.fill(make_account(), CUSTOMERS, MESSAGES, utc.now())
    if db.is_postgres():  # as autovacuum does in time: what is not sorted in yet makes the index look slow
        for index in ("search_customers_words", "search_items_words"):
            db.session().execute(sa.select(sa.func.gin_clean_pending_list(sa.literal(index).cast(REGCLASS))))
        db.commit()


@pytest.mark.parametrize("question", QUESTIONS)
def test_g_v5_no_search_reads_all_messages_or_all_customers(years: None, question: str) -> None:
    with statements() as asked:
        search.find(question)
    plans = "\n".join(plan(*one) for one in asked)
    for table in ("items", "customers"):
        assert f"Seq Scan on {table} (" not in " ".join(plans.split()), plans
        assert f"SCAN {table}\n" not in f"{plans}\n", plans
    assert "search_items" in plans or "items_search" in plans or "ix_items_at" in plans


def test_g_v5_a_rare_word_is_looked_up_in_the_index_of_words(years: None) -> None:
    with statements() as asked:
        found = search.find(WORDS[-100])
    plans = "\n".join(plan(*one) for one in asked)
    assert "search_items" in plans if db.is_postgres() else "SCAN items_search VIRTUAL TABLE" in plans
    assert all(WORDS[-100] in one.line for one in found.messages)


def test_g_v5_a_customer_is_looked_up_by_name_in_the_index_of_words(years: None) -> None:
    with statements() as asked:
        found = ledger.find("user.17")
    plans = "\n".join(plan(*one) for one in asked)
    assert found == []
    assert "search_customers_words" in plans if db.is_postgres() else "SCAN customers_search VIRTUAL TABLE" in plans
    assert "Seq Scan on customers (" not in " ".join(plans.split()), plans


def test_the_newest_of_many_are_found_and_in_order(years: None) -> None:
    found = search.find("order", 7).messages
    newest = sa.text("SELECT id FROM items WHERE lower(text) LIKE '%order%' ORDER BY at DESC, id DESC LIMIT 50")
    having = [number for (number,) in db.session().execute(newest)]
    assert [one.item_id for one in found] == [one for one in having if one in {each.item_id for each in found}]
    assert found[0].item_id == having[0]
    assert len(found) == 7
