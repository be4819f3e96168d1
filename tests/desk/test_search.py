"""Search finds customers and messages, alike on both engines."""

from sqlalchemy.orm import Session

from igapp import db, utc
from igapp.desk import changes, contacts, search
from igapp.models import ContactKind
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
    assert texts("order e" if not db.is_postgres() else "order é") == ["order, (Été)"]
    assert texts("a b") == ["a blue one"]


def test_signs_and_empty_questions_find_nothing_and_break_nothing(db_session: Session) -> None:
    for question in ("", "  ", '"', "' OR 1=1 --", "a & | ! ( ) : *", "\x00", "%", "😀"):
        assert search.find(question).messages == []
