"""What the engines do differently is settled beneath the rows: their numbers and their order are alike on both."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from igapp import db, utc
from igapp.engines import MANY_ROWS
from igapp.models import Customer
from tests.infra.hearing import hearing


@contextmanager
def inserts() -> Iterator[list[str]]:
    """Within it every INSERT is noted."""
    heard: list[str] = []

    def note(statement: str, _parameters: object) -> None:
        if statement.startswith("INSERT"):
            heard.append(statement)

    with hearing(note):
        yield heard


@pytest.mark.parametrize("count", [1, MANY_ROWS - 1, MANY_ROWS, 3 * MANY_ROWS])
def test_new_rows_are_numbered_in_the_order_in_which_they_were_added(db_session: Session, count: int) -> None:
    added = [Customer(name=f"Customer {number}", created_at=utc.now()) for number in range(count)]
    db_session.add_all(added)
    db_session.flush()
    assert [one.id for one in added] == sorted({one.id for one in added})
    by_number = sa.select(Customer.name).where(Customer.id >= added[0].id).order_by(Customer.id)
    assert db_session.scalars(by_number).all() == [one.name for one in added]


def test_numbers_that_rows_have_already_are_kept(db_session: Session) -> None:
    added = [Customer(id=1000 + number if number else None, created_at=utc.now()) for number in range(MANY_ROWS)]
    db_session.add_all(added)
    db_session.flush()
    assert [one.id for one in added[1:]] == list(range(1001, 1000 + MANY_ROWS))
    assert added[0].id not in (None, *range(1001, 1000 + MANY_ROWS))


def test_on_postgres_the_statement_does_not_grow_with_the_rows(db_session: Session) -> None:
    lengths = []
    for count in (MANY_ROWS, 3 * MANY_ROWS):
        with inserts() as heard:
            db_session.add_all(Customer(created_at=utc.now()) for _ in range(count))
            db_session.flush()
        lengths.append([len(statement) for statement in heard])
    assert (len(lengths[1]) == 1 and lengths[0] == lengths[1]) or not db.is_postgres()


def test_moments_are_in_utc_wherever_the_server_stands(make_app: Any, fresh_database_url: str) -> None:
    if fresh_database_url.startswith("postgres"):
        with psycopg.connect(fresh_database_url) as connection:
            connection.execute(f"ALTER DATABASE \"{connection.info.dbname}\" SET TimeZone = 'Asia/Tokyo'".encode())
    with make_app(DATABASE_URL=fresh_database_url).app_context():
        now = utc.now()
        db.session().add(Customer(name="Ana", created_at=now))
        db.commit()
        (found,) = db.session().scalars(sa.select(Customer.created_at))
        assert found == now
        assert found.isoformat() == now.isoformat()
