"""Values of Meta's JSON, whole and damaged."""

from datetime import UTC, datetime
from typing import Any

import pytest

from igapp.instagram import tolerant as read

NOON = datetime(2026, 9, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        NOON.timestamp(),
        int(NOON.timestamp()),
        str(int(NOON.timestamp())),
        int(NOON.timestamp()) * 1000,
        str(int(NOON.timestamp()) * 1000),
        "2026-09-21T12:00:00+0000",
        "2026-09-21T12:00:00Z",
        "2026-09-21T14:00:00+02:00",
        "2026-09-21T12:00:00",
    ],
)
def test_a_time_is_read_in_each_of_its_shapes(value: Any) -> None:
    assert read.moment(value) == NOON


@pytest.mark.parametrize(
    "value", [None, True, 0, -1, 12341, "soon", "", [], {}, "9" * 400, 1e300, float("nan"), "0001-01-01T00:00:00+14:00"]
)
def test_nonsense_is_no_time(value: Any) -> None:
    assert read.moment(value) is None


def test_ids_may_be_numbers() -> None:
    assert read.identifier(17841400000000001) == "17841400000000001"
    assert read.party({"id": 5678}) == read.party("5678") == read.party(5678) == "5678"
    assert read.party({"id": None}) is read.party(None) is read.party({}) is read.party([]) is None


def test_an_id_too_long_for_an_index_is_shortened_and_stays_unique() -> None:
    one, other = read.identifier("m" * 9000 + "1"), read.identifier("m" * 9000 + "2")
    assert one != other
    assert one is not None
    assert len(one) == read.ID_LENGTH


def test_text_loses_what_no_database_takes_and_nothing_else() -> None:
    assert read.text("a\0b") == "ab"
    assert read.text("half \ud83d here") == "half � here"
    assert read.text("\ud83d\ude00") == "😀"
    assert read.text("نور 山田 👩‍👩‍👧") == "نور 山田 👩‍👩‍👧"
    assert read.text("\0") is None


@pytest.mark.parametrize(
    "value", ["javascript:alert(1)", "data:text/html,x", "//host", "https://" + "x" * 9000, None, {}]
)
def test_only_web_addresses_are_addresses(value: Any) -> None:
    assert read.url(value) is None
    assert read.url("https://lookaside.fbsbx.com/x") == "https://lookaside.fbsbx.com/x"


@pytest.mark.parametrize(
    ("value", "expected"),
    [(True, True), (1, True), ("true", True), ("True", True), (False, False), (0, False), (None, False), ("no", False)],
)
def test_flags_may_be_words(value: Any, expected: bool) -> None:
    assert read.flag(value) is expected


def test_what_is_no_json_says_so_however_deep_it_is() -> None:
    for raw in (b"", b"{", b"[" * 100_000, b"\xff\xfe", '{"é"'.encode("latin1")):
        with pytest.raises(ValueError):  # noqa: PT011 - each damage has words of its own
            read.loads(raw)


def test_a_number_with_too_many_digits_is_text() -> None:
    assert read.loads("9" * 5000) == "9" * 5000
