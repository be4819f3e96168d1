"""Spans, counts, names and links as people read them."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from markupsafe import Markup

from igapp.web import filters, texts, times
from igapp.web.answers import safe_path
from igapp.web.headers import content_policy
from igapp.web.keys import parsed, written

NOW = datetime(2026, 11, 23, 10, 12, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"), (86_399, "23 h"), (86_400, "1 d"),
     (6 * 86_400 + 23 * 3600, "6 d 23 h"), (30 * 86_400 + 3600, "30 d"), (-5, "0 s")],
)  # fmt: skip
def test_spans_have_two_units_at_most(seconds: int, words: str) -> None:
    assert times.span(seconds) == words


@pytest.mark.parametrize(
    ("before", "words"),
    [(timedelta(seconds=5), "now"), (timedelta(minutes=3), "3 min"), (timedelta(hours=2), "2 h"),
     (timedelta(days=2), "Sat"), (timedelta(days=11), "12 Nov"), (timedelta(days=400), "19 Oct 2025")],
)  # fmt: skip
def test_lists_say_how_long_ago(before: timedelta, words: str) -> None:
    assert times.ago(NOW - before, NOW, UTC) == words


def test_times_are_in_the_readers_zone() -> None:
    tokyo = times.zone("Asia/Tokyo")
    assert times.clock(NOW, NOW, tokyo) == "19:12"
    assert times.clock(NOW - timedelta(days=1), NOW, tokyo) == "22 Nov, 19:12"
    assert times.exact(NOW, tokyo) == "Mon 23 Nov 2026, 19:12:03 JST"


def test_a_zone_that_does_not_exist_is_utc() -> None:
    assert times.zone("Mars/Olympus") is UTC
    assert times.zone("../etc/passwd") is UTC


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0"), (999, "999"), (1000, "1K"), (12_431, "12.4K"), (12_499, "12.4K"), (999_999, "999.9K"),
     (1_250_000, "1.2M"), (3_000_000_000, "3B")],
)  # fmt: skip
def test_counts_are_short_and_never_rounded_up(count: int, words: str) -> None:
    assert filters.short(count) == words


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Michelle Okafor", "MO"), ("@priya.makes", "PM"), ("Ana", "A"), ("Instagram user", "IU"), ("", "?"), ("…", "?")],
)
def test_initials_stand_for_a_name(name: str, letters: str) -> None:
    assert filters.initials(name) == letters


def test_addresses_in_texts_become_links_and_markup_stays_text() -> None:
    shown = texts.linked("<b>see</b> https://our.brand/r?a=1&b=2, or https://x.y/z[https://x.y/z].")
    assert str(shown).startswith("&lt;b&gt;see&lt;/b&gt; <a ")
    assert 'href="https://our.brand/r?a=1&amp;b=2"' in shown
    assert str(shown).count('href="https://x.y/z"') == 2
    assert 'rel="noopener noreferrer nofollow"' in shown


def test_brackets_in_an_address_are_part_of_it() -> None:
    shown = str(texts.linked("(https://x.y/a_(b)[https://x.y/a_(b)])"))
    assert shown.count('href="https://x.y/a_(b)"') == 2


@pytest.mark.parametrize("text", ["javascript:alert(1)", "data:text/html,x", "ftp://x.y", "", None])
def test_only_web_addresses_become_links(text: str | None) -> None:
    assert "<a" not in texts.linked(text)


def test_a_quote_in_an_address_does_not_end_the_attribute() -> None:
    assert 'onclick="' not in texts.linked('https://x.y/"onclick="alert(1)')


def test_the_text_is_markup_only_where_we_made_it() -> None:
    assert texts.linked("a & b") == Markup("a &amp; b")


@pytest.mark.parametrize(
    ("url", "is_shown"),
    [("https://scontent.cdninstagram.com/a.jpg", True), ("https://lookaside.fbsbx.com/x", True),
     ("https://evilfbsbx.com/x", False), ("https://example.com/a.jpg", False), ("javascript:x", False), (None, False),
     ("https://evil.example\\.fbcdn.net/a.jpg", False), ("https://[broken/a.jpg", False)],
)  # fmt: skip
def test_pictures_are_shown_from_metas_hosts_alone(app: Flask, url: str | None, is_shown: bool) -> None:
    with app.app_context():
        assert texts.is_showable(url) == is_shown


def test_the_policy_names_the_sockets_host(app: Flask) -> None:
    assert "connect-src 'self' ws://localhost:5000;" in content_policy(app.extensions["config"])


def test_keys_of_the_timeline_survive_a_url() -> None:
    assert parsed(written((NOW, 87))) == (NOW, 87)


@pytest.mark.parametrize("text", ["", None, "abc", "1", "1-", "-1", "1-x", "9" * 18 + "-1", "١-١"])
def test_what_is_no_key_of_ours_is_none(text: str | None) -> None:
    assert parsed(text) is None


@pytest.mark.parametrize("wanted", ["/customers/1?a=b", "/"])
def test_paths_on_this_site_are_followed(wanted: str) -> None:
    assert safe_path(wanted) == wanted
