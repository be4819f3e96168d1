"""Readers for values of Meta's JSON that may be missing, of another type, or damaged; none of them raises.

Ids come as strings or numbers, times as ISO, seconds or milliseconds, flags as true or "true".
"""

import hashlib
import json
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

ID_LENGTH = 512
"""Bytes; ids are indexed, and an index refuses rows that are too long. Message ids have about 160."""
TEXT_LENGTH = 100_000
"""Characters shown of a text; no search takes much more. The ledger keeps it whole, and Meta sends 2,200 at most."""
NAME_LENGTH = 200
"""Characters of a person's name or username; Instagram's own have at most 64."""
URL_LENGTH = 8_000
"""Characters; signed CDN addresses have about 600."""
MILLISECONDS_FROM = 1e11
"""Larger numbers are milliseconds, smaller ones seconds; both are seen."""
EARLIEST = datetime(2010, 10, 6, tzinfo=UTC)
"""Instagram's first day: an earlier time is none."""
INT_DIGITS = 18
"""Digits of a whole number that is believed."""

_SURROGATES = re.compile("[\ud800-\udfff]")
_NOTHING: Mapping[str, Any] = {}


def loads(raw: bytes | str) -> Any:
    """Parse JSON; raises ValueError for whatever is none, however it is damaged or nested."""
    try:
        return json.loads(raw, parse_int=_integer)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= INT_DIGITS else digits


def mapping(value: Any) -> Mapping[str, Any]:
    """Return a JSON object, or an empty one."""
    return value if isinstance(value, dict) else _NOTHING


def listed(value: Any) -> list[Any]:
    """Return a list; one object alone counts as a list of one."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def clean(value: str) -> str:
    """Return text that every database takes: no NUL, no half of a surrogate pair."""
    if value.isascii():
        return value.replace("\0", "") if "\0" in value else value
    if _SURROGATES.search(value):
        value = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return value.replace("\0", "")


def text(value: Any, most: int = TEXT_LENGTH) -> str | None:
    """Return a non-empty text, or None; numbers become text, and what is too long ends with "…"."""
    if isinstance(value, str):
        found = clean(value)
        return (found if len(found) <= most else found[: most - 1] + "…") or None
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def name(value: Any) -> str | None:
    """Return the name of a person, or None."""
    return text(value, NAME_LENGTH)


def identifier(value: Any) -> str | None:
    """Return an id as text, or None; one too long for an index is shortened so that it stays unique."""
    found = text(value, sys.maxsize)
    found = found.strip() if found else None
    return shortened(found, ID_LENGTH) if found else None


def shortened(found: str, most: int) -> str:
    """Return an id that has no more bytes; a longer one keeps its beginning and stays unique."""
    raw = found.encode()
    if len(raw) <= most:
        return found
    digest = hashlib.sha256(raw).hexdigest()
    return f"{raw[: most - len(digest) - 1].decode(errors='ignore')}~{digest}"


def party(value: Any) -> str | None:
    """Return the id of {"id": …}, or of a bare id."""
    return identifier(value.get("id")) if isinstance(value, dict) else identifier(value)


def url(value: Any) -> str | None:
    """Return a web address, or None."""
    found = text(value)
    is_web = found is not None and found.startswith(("https://", "http://")) and len(found) <= URL_LENGTH
    return found if is_web else None


def flag(value: Any) -> bool:
    """Tell whether a flag is set; it may be present and false, or the word "true"."""
    return value is True or value == 1 or (isinstance(value, str) and value.lower() == "true")


def number(value: Any) -> int | None:
    """Return a whole number that a column takes, given as such or as digits."""
    if isinstance(value, bool):
        return None
    try:
        found = int(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if abs(found) < 10**INT_DIGITS else None


def span(value: Any, most: int) -> int | None:
    """Return a whole number of seconds or minutes, from 0 to `most`: a longer one would lead past all calendars."""
    found = number(value)
    return None if found is None else min(max(found, 0), most)


def moment(value: Any) -> datetime | None:
    """Return an aware moment of ISO text, seconds or milliseconds; None for nonsense."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    found = _from_number(value) or (_from_iso(value) if isinstance(value, str) else None)
    return found if found is not None and found >= EARLIEST else None


def _from_number(value: float | str) -> datetime | None:
    try:
        number = float(value)
        return datetime.fromtimestamp(number / 1000 if number > MILLISECONDS_FROM else number, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _from_iso(value: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(value.strip())
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
