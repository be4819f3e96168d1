"""When and what an agent may answer (SPEC 5.13, 6.2, 6.6, 6.7, 6.8, GUARANTEES S4, S5, S6, S9, S11)."""

from datetime import datetime

import pytest

from igapp import db, utc
from igapp.desk import arrivals, blocking, links, notes, replies, staleness, windows
from igapp.desk.replies import Words
from igapp.desk.staleness import MovedOn
from igapp.models import Account, AccountState, Identity, Item, ItemKind, LinkFormat, User
from tests.desk.acts import answer, done, echo, held, refused
from tests.factories import comment, make_identity, numbers, write


@pytest.fixture
def ana(account: Account, bo: User, now: datetime) -> Identity:
    ana = make_identity(account)
    done(write(ana, now=now))
    return ana


def say(ana: Identity, bo: User, text: str, now: datetime, seen: int | None = None, key: str = "") -> Item:
    words = Words(text, key or f"key-{next(numbers)}", seen)
    return done(replies.reply_with(ana.customer, bo, words, (), now)[0])


# --- the text


def test_640_characters_fit_and_641_do_not(ana: Identity, bo: User, now: datetime) -> None:
    say(ana, bo, "x" * 640, now)
    assert "641 characters; Instagram takes 640" in refused(lambda: say(ana, bo, "x" * 641, now))


def test_characters_are_counted_as_unicode_code_points(ana: Identity, bo: User, now: datetime) -> None:
    say(ana, bo, "😀" * 200, now)
    assert "641" in refused(lambda: say(ana, bo, "é" * 641, now))


def test_instagrams_own_limit_of_bytes_has_its_own_message(ana: Identity, bo: User, now: datetime) -> None:
    assert "1200 bytes; Instagram takes 1000" in refused(lambda: say(ana, bo, "😀" * 300, now))


def test_the_final_text_counts(ana: Identity, bo: User, now: datetime) -> None:
    url = "https://our.brand/" + "x" * 310
    assert len(url) < 640
    assert "658" in refused(lambda: say(ana, bo, url, now))


def test_nothing_is_no_message(ana: Identity, bo: User, now: datetime) -> None:
    assert refused(lambda: say(ana, bo, " \n ", now)) == "Write a message first."


def test_lines_are_kept_and_the_ends_trimmed(ana: Identity, bo: User, now: datetime) -> None:
    assert say(ana, bo, "  Dear Ana,\r\n\r\nyes.  ", now).text == "Dear Ana,\n\nyes."


# --- links


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("See https://our.brand/help", "See https://our.brand/help[https://our.brand/help]"),
        ("http://our.brand", "http://our.brand[http://our.brand]"),
        ("See https://our.brand/help.", "See https://our.brand/help[https://our.brand/help]."),
        ("(https://our.brand/a)", "(https://our.brand/a[https://our.brand/a])"),
        ("https://our.brand/a_(b)", "https://our.brand/a_(b)[https://our.brand/a_(b)]"),
        ("[our help](https://our.brand/help)", "our help [https://our.brand/help]"),
        ("https://a.b/c[https://a.b/c]", "https://a.b/c[https://a.b/c]"),
        ("https://a.b and https://c.d", "https://a.b[https://a.b] and https://c.d[https://c.d]"),
        ("»https://a.b« „https://c.d“", "»https://a.b[https://a.b]« „https://c.d[https://c.d]“"),
        (
            "(https://a.b/c_(d)). [e](https://a.b/c_(d)).",
            "(https://a.b/c_(d)[https://a.b/c_(d)]). e [https://a.b/c_(d)].",
        ),
        ("https://größe.de/ä?ö=ü!", "https://größe.de/ä?ö=ü[https://größe.de/ä?ö=ü]!"),
        ("https://例え.jp/パス。", "https://例え.jp/パス[https://例え.jp/パス]。"),
        ("https://... is no link", "https://... is no link"),
        ("ana@example.com, our.brand, ftp://x.y", "ana@example.com, our.brand, ftp://x.y"),
    ],
)
def test_links_take_the_articles_format(account: Account, typed: str, sent: str) -> None:
    assert links.final_text(account, typed) == sent
    assert links.final_text(account, sent) == sent


def test_plain_leaves_bare_links_as_they_are(account: Account) -> None:
    account.link_format = LinkFormat.PLAIN
    assert links.final_text(account, "See https://our.brand/help.") == "See https://our.brand/help."
    assert links.final_text(account, "[help](https://our.brand/help)") == "help [https://our.brand/help]"


# --- the window


def test_a_reply_is_possible_for_7_days(ana: Identity, bo: User, now: datetime) -> None:
    say(ana, bo, "Hi", now + utc.days(7) - utc.seconds(1))
    assert "7 days" in refused(lambda: say(ana, bo, "Hi", now + utc.days(7)))


def test_g_s4_only_after_24_hours_it_needs_the_human_agent_tag(ana: Identity, now: datetime) -> None:
    assert not windows.window(ana, now + utc.hours(24) - utc.seconds(1)).needs_tag
    assert windows.window(ana, now + utc.hours(24)).needs_tag


def test_what_remains_is_said_in_words(ana: Identity, now: datetime) -> None:
    spans = {0: "7 d left to reply", 5 * 24: "2 d left to reply", 6 * 24 + 18: "6 h left to reply"}
    for hours, words in spans.items():
        moment = now + utc.hours(hours)
        assert windows.remaining(windows.window(ana, moment), moment) == words


def test_a_new_message_opens_the_window_again(ana: Identity, now: datetime) -> None:
    later = now + utc.days(6)
    write(ana, "Hello?", now=later)
    assert windows.window(ana, later + utc.days(6)).is_open


@pytest.mark.parametrize("kind", [ItemKind.STORY_MENTION, ItemKind.STORY_REPLY, ItemKind.POSTBACK])
def test_g_s5_the_window_opens_on_everything_that_opens_it(account: Account, kind: ItemKind, now: datetime) -> None:
    ana = make_identity(account)
    done(arrivals.receive(ana, arrivals.Arrival(kind, "mid", now), now))
    assert windows.window(ana, now).is_open


def test_a_late_message_does_not_shorten_the_window(ana: Identity, now: datetime) -> None:
    write(ana, "Earlier", at=now - utc.days(3), now=now)
    assert windows.window(ana, now + utc.days(6)).is_open


def test_g_s6_a_closed_window_says_why(ana: Identity, account: Account, now: datetime) -> None:
    assert "over" in str(windows.window(ana, now + utc.days(8)).reason)
    account.state = AccountState.DISCONNECTED
    assert "disconnected" in str(windows.window(ana, now).reason)


def test_nobody_who_never_wrote_can_be_written_to(account: Account, bo: User, now: datetime) -> None:
    lena = make_identity(account)
    comment(lena)
    echo(lena, now)
    assert "has not sent a message yet" in refused(lambda: say(lena, bo, "Hi", now))


def test_a_blocked_customer_is_not_answered(ana: Identity, bo: User, now: datetime) -> None:
    done(blocking.block(ana.customer, bo, now))
    assert "blocked" in refused(lambda: say(ana, bo, "Hi", now))


# --- once


def test_g_s11_the_same_key_sends_once(ana: Identity, bo: User, now: datetime) -> None:
    first = say(ana, bo, "Hi", now, key="key")
    assert say(ana, bo, "Hi", now, key="key") is first


# --- what moved on meanwhile


def test_g_s9_a_message_that_came_meanwhile_refuses_once(ana: Identity, bo: User, now: datetime) -> None:
    seen = staleness.newest(ana.customer)
    write(ana, "Never mind!", now=now + utc.seconds(5))
    with pytest.raises(MovedOn, match="Ana wrote meanwhile: “Never mind!”"):
        say(ana, bo, "On its way", now + utc.seconds(9), seen)
    db.session().rollback()
    say(ana, bo, "On its way", now + utc.seconds(9))


def test_g_s9_also_one_whose_platform_time_is_older(ana: Identity, bo: User, now: datetime) -> None:
    say(ana, bo, "Let me look", now + utc.seconds(5))
    seen = staleness.newest(ana.customer)
    write(ana, "Never mind!", at=now + utc.seconds(4), now=now + utc.seconds(6))
    with pytest.raises(MovedOn):
        say(ana, bo, "On its way", now + utc.seconds(9), seen)


def test_g_s9_a_colleagues_reply_refuses_too(ana: Identity, bo: User, cy: User, now: datetime) -> None:
    seen = staleness.newest(ana.customer)
    answer(ana, cy, now + utc.seconds(5), "I have it")
    with pytest.raises(MovedOn, match="Cy answered meanwhile"):
        say(ana, bo, "On its way", now + utc.seconds(9), seen)


def test_g_s9_what_was_written_in_the_app_refuses_too(ana: Identity, bo: User, now: datetime) -> None:
    seen = staleness.newest(ana.customer)
    echo(ana, now + utc.seconds(5))
    with pytest.raises(MovedOn, match="Someone answered in the Instagram app meanwhile"):
        say(ana, bo, "On its way", now + utc.seconds(9), seen)


def test_ones_own_messages_notes_and_events_refuse_nothing(ana: Identity, bo: User, now: datetime) -> None:
    seen = staleness.newest(ana.customer)
    held(ana, bo, now)
    say(ana, bo, "One", now + utc.seconds(1), seen)
    done(notes.write(ana.customer, bo, "Hm", "key", now + utc.seconds(2)))
    say(ana, bo, "Two", now + utc.seconds(3), seen)


def test_g_s9_what_was_taken_back_again_refuses_nothing(ana: Identity, bo: User, now: datetime) -> None:
    seen = staleness.newest(ana.customer)
    gone = write(ana, "Never mind", now=now)
    done(arrivals.receive_unsend(ana, str(gone.platform_id), now, now))
    assert say(ana, bo, "Yes", now, seen).text == "Yes"


def test_with_everything_seen_it_sends(ana: Identity, bo: User, now: datetime) -> None:
    write(ana, "And?", now=now + utc.seconds(1))
    say(ana, bo, "Yes", now + utc.seconds(2), staleness.newest(ana.customer))
