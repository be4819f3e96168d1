"""Where a page of a list or timeline ends, as it stands in URLs: microseconds since 1970 and a row's number."""

import re
from datetime import UTC, datetime, timedelta

Key = tuple[datetime, int]

_KEY = re.compile(r"([0-9]{1,17})-([0-9]{1,17})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def written(key: Key | None) -> str:
    """Return a key for a URL; nothing for none."""
    return f"{int((key[0] - _EPOCH) / timedelta(microseconds=1))}-{key[1]}" if key else ""


def parsed(text: str | None) -> Key | None:
    """Return the key of a URL; None where there is none, or none that could be ours."""
    found = _KEY.fullmatch(text or "")
    return (_EPOCH + timedelta(microseconds=int(found[1])), int(found[2])) if found else None
