"""Lists with cursors, and links to what comes next."""

import base64
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from flask import g, request

from igapp.sandbox.graph import errors
from igapp.sandbox.world import here

MOST = 100


def page(find: Callable[[int, int], list[Any]], *, limit: int, after: str | None, link: str) -> dict[str, Any]:
    """`find(limit, skip)` gives the rows; one more is read to know whether there is a next page."""
    size, skip = max(1, min(limit, MOST)), _position(after)
    rows = find(size + 1, skip)
    answer: dict[str, Any] = {"data": rows[:size]}
    if rows:
        cursors = {"before": _cursor(skip), "after": _cursor(skip + len(rows[:size]))}
        answer["paging"] = {"cursors": cursors}
    if len(rows) > size:
        answer["paging"]["next"] = _link(link, size, answer["paging"]["cursors"]["after"])
    return answer


def asked_limit(otherwise: int) -> int:
    """The call's own `limit`. Raises GraphError if it is no number."""
    value = request.args.get("limit", str(otherwise))
    if not value.isdecimal():
        raise errors.bad_parameter("Param limit must be an integer")
    return int(value)


def _link(path: str, limit: int, after: str) -> str:
    world = here()
    fault = world.faults.strikes("foreign_links")
    base = fault.options["host"] if fault else world.base
    kept = {key: value for key, value in request.args.items() if key not in ("after", "limit")}
    query = urlencode({**kept, "access_token": g.token, "limit": limit, "after": after})
    return f"{base}/{request.environ.get('sandbox.version', 'v25.0')}/{path}?{query}"


def _cursor(position: int) -> str:
    return base64.urlsafe_b64encode(f"at:{position}".encode()).decode().rstrip("=")


def _position(cursor: str | None) -> int:
    if not cursor:
        return 0
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return int(base64.urlsafe_b64decode(padded).decode("ascii").removeprefix("at:"))
    except ValueError as error:
        raise errors.bad_parameter("Invalid cursor") from error
