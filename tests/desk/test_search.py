"""Search finds customers and messages, alike on both engines."""

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from igapp import db, utc
from igapp.desk import changes, contacts, search
from igapp.models import ContactKind, Customer
from tests.factories import make_account, make_identity, make_user, write

NOW = utc.now()


def test_a_word_of_a_message_is_found_with_its_line(db_session: Session) -> None:
    ana = make_identity(make_account())
    write(ana, "Is the green couch back in stock?", now=NOW)
    db.commit()
    found = search.find("couch gre").messages
    assert [one.customer for one in found] == [ana.customer]
    assert "green couch" in found[0].line


def test_customers_are_found_by_name_username_email_and_phone(db_session: Session) -> None:
    bo, ana = make_user("Bo"), make_identity(make_account(), "Michelle Okafor")
    ana.customer.username = "michelle.ok"
    contacts.add_point(ana.customer, ContactKind.EMAIL, "M.Okafor@example.com", bo, NOW)
    contacts.add_point(ana.customer, ContactKind.PHONE, "+351 912 555 010", bo, NOW)
    db.commit()
    for question in ("okafor", "Mich", "michelle.ok", "@michelle.ok", "m.okafor@exa", "+351912", "351 912"):
        assert [one.customer for one in search.find(question).customers] == [ana.customer], question


def test_a_beginning_is_found_in_every_locale(db_session: Session) -> None:
    """In that of many servers the last of all signs comes before the letters."""
    if db.is_postgres():
        columns = sa.table("columns", sa.column("table_name"), sa.column("column_name"), schema="information_schema")
        collation = sa.select(sa.literal_column("collation_name", sa.Text())).select_from(columns)
        where = (columns.c.table_name == "contact_points", columns.c.column_name == "matched_value")
        assert db.session().scalars(collation.where(*where)).all() == ["C"]
    else:
        assert db.session().scalar(sa.text("SELECT 'a' < '\uffff'"))


def test_an_unsent_message_is_found_no_more(db_session: Session) -> None:
    ana = make_identity(make_account())
    item = write(ana, "secret couch", now=NOW)
    changes.apply("unsend", item, NOW, {}, NOW)
    db.commit()
    assert search.find("couch").messages == []


def texts(question: str, limit: int = 20) -> list[str | None]:
    return [one.line for one in search.find(question, limit).messages]


def test_emoji_find_messages_that_hold_them(db_session: Session) -> None:
    ana = make_identity(make_account())
    for number, text in enumerate(("Thanks 👍🏽", "thanks", "love it ❤️", "👍 but 😭", "100 % 👍")):
        write(ana, text, now=NOW + utc.seconds(number))
    db.commit()
    assert texts("👍") == ["100 % 👍", "👍 but 😭", "Thanks 👍🏽"]
    assert texts("👍🏽 thanks") == ["Thanks 👍🏽"]
    assert texts("❤️") == ["love it ❤️"]
    assert texts("😭👍") == ["👍 but 😭"]
    assert texts("👍", limit=2) == ["100 % 👍", "👍 but 😭"]
    assert texts("🙈") == []


def test_a_single_letter_finds_the_newest_words_that_begin_with_it(db_session: Session) -> None:
    ana = make_identity(make_account())
    for number, text in enumerate(("b", "a blue one", "Ölfarbe", "order, (Été)", "cab")):
        write(ana, text, now=NOW + utc.seconds(number))
    db.commit()
    assert texts("b") == ["a blue one", "b"]
    assert texts("order e") == texts("order É") == ["order, (Été)"]
    assert texts("a b") == ["a blue one"]


def test_signs_and_empty_questions_find_nothing_and_break_nothing(db_session: Session) -> None:
    for question in ("", "  ", '"', "' OR 1=1 --", "a & | ! ( ) : *", "\x00", "%", "😀"):
        assert search.find(question).messages == []


@pytest.mark.parametrize("username", ["ana.lopez", "ana_lopez.shop", "www.ana.lopez", "ana.lopez99", "ana-lopez.de"])
@pytest.mark.parametrize("question", ["ana.lopez", "@Ana.Lopez", "lopez", "ana.lo", "ana_l"])
def test_a_username_is_found_by_its_parts(db_session: Session, username: str, question: str) -> None:
    ana = make_identity(make_account(), "Zoe")
    ana.customer.username = username
    db.commit()
    assert [one.customer for one in search.find(question).customers] == [ana.customer]


@pytest.mark.parametrize(
    ("text", "questions"),
    [
        ("write to ana@example.com", ("ana@example.com", "example.com", "ana exam")),
        ("see https://shop.example/shoes-for-men?size=42&x=1", ("shop.example/shoes", "shoes-for", "size 42", "men")),
        ("order A-1234/5 costs 3.50", ("a-1234", "1234/5", "3.50", "order #A")),
        ("<b>José</b> &amp; Müller's Größe", ("jose", "JOSÉ", "muller", "Müll", "größe", "b amp")),
        ("e\u0301te\u0301 \uff21\uff22", ("été",)),
        ("हिन्दी में 한국어", ("हिन्दी", "한국어", "한국어 हिन्दी")),
    ],
)
def test_accents_and_signs_keep_no_words_apart_and_none_together(
    db_session: Session, text: str, questions: tuple[str, ...]
) -> None:
    write(make_identity(make_account()), text, now=NOW)
    db.commit()
    assert [question for question in questions if len(search.find(question).messages) != 1] == []
    assert search.find("nothing.of").messages == []


def test_the_line_shows_the_word_whatever_its_accents(db_session: Session) -> None:
    write(make_identity(make_account()), "word " * 100 + "Müller " + "word " * 100, now=NOW)
    db.commit()
    (line,) = texts("muller")
    assert line is not None
    assert "Müller" in line


def test_letters_that_grow_when_compared_are_searched_too(db_session: Session) -> None:
    ana = make_identity(make_account())
    write(ana, "needle " + "\ufdfa " * 40_000, now=NOW)
    db.commit()
    assert len(search.find("needle").messages) == 1


def test_a_name_is_found_as_a_whole(db_session: Session) -> None:
    account = make_account()
    make_identity(account, "Ana López")
    other = make_identity(account, "Ana López Cruz")
    other.customer.username = "ana.lopez"
    make_identity(account, "🙂").customer.username = "smile"
    db.commit()
    called = {
        name: list(db.session().scalars(sa.select(Customer.name).where(search.is_called(name))))
        for name in ("ana lópez", "ANA.LOPEZ", "ana", "🙂")
    }
    assert called == {"ana lópez": ["Ana López"], "ANA.LOPEZ": ["Ana López Cruz"], "ana": [], "🙂": ["🙂"]}
