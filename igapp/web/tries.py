"""How often something secret may be tried: who counts together, how often, and what is said then.

Every try is counted before the secret is looked at, or else tries at the same moment would all see a count that is low
enough; a right one is taken back.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, Response, make_response
from flask_limiter import Limiter, RequestLimit
from flask_limiter.util import get_remote_address
from redis.exceptions import RedisError

View = TypeVar("View", bound=Callable[..., Any])

WRONG = 422
"""The status of a wrong try; only those stay counted."""


@dataclass(frozen=True)
class Limit:
    """One limit of a view."""

    often: str
    too_often: Callable[[RequestLimit], Response]
    who: Callable[[], str]


def limited(
    often: str, too_often: Callable[[RequestLimit], Response], who: Callable[[], str] = get_remote_address
) -> Callable[[View], View]:
    """Declare how often `who` may try in vain; a view may have several limits."""

    def declare(view: View) -> View:
        view.limits = [*getattr(view, "limits", ()), Limit(often, too_often, who)]  # type: ignore[attr-defined]
        return view

    return declare


def init_app(app: Flask) -> None:
    """Hold this app's views to their limits; each app counts in its own store. Call it after the views are known."""
    limiter = Limiter(get_remote_address, headers_enabled=False, swallow_errors=True, in_memory_fallback_enabled=True)
    limiter.init_app(app)
    for endpoint, view in list(app.view_functions.items()):
        if limits := getattr(view, "limits", ()):
            app.view_functions[endpoint] = _held(limiter, limits, view)


def _held(limiter: Limiter, limits: Sequence[Limit], view: Callable[..., Any]) -> Any:
    """Return the view with its limits; they are looked at, and counted, together."""
    held = _taken_back_unless_wrong(limiter, view)
    for limit in limits:
        held = limiter.limit(limit.often, key_func=limit.who, on_breach=_refusing(limiter, limit))(held)
    return held


def _taken_back_unless_wrong(limiter: Limiter, view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def tried(*arguments: Any, **named: Any) -> Response:
        counted, status = list(limiter.current_limits), None
        try:
            response = make_response(view(*arguments, **named))
            status = response.status_code
            return response
        finally:
            if status != WRONG:
                _take_back(counted)

    return tried


def _refusing(limiter: Limiter, limit: Limit) -> Callable[[RequestLimit], Response]:
    """A try that is held up says nothing about the secret, so it does not use up the day's."""

    def refuse(breached: RequestLimit) -> Response:
        _take_back(limiter.current_limits)
        return limit.too_often(breached)

    return refuse


def _take_back(counted: Sequence[RequestLimit]) -> None:
    """Count one less, where the window in which it was counted is not over."""
    for one in counted:
        with suppress(RedisError):
            if one.limiter.storage.get(one.key) > 0:
                one.limiter.hit(one.limit, *one.request_args, cost=-1)
