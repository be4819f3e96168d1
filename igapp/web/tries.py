"""How often something secret may be tried: who counts together, how often, and what is said then."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, Response
from flask_limiter import Limiter, RequestLimit
from flask_limiter.util import get_remote_address

View = TypeVar("View", bound=Callable[..., Any])

WRONG = 422
"""The status of a wrong try; only those count."""


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
        for limit in getattr(view, "limits", ()):
            app.view_functions[endpoint] = _held(limiter, limit, app.view_functions[endpoint])


def _held(limiter: Limiter, limit: Limit, view: Callable[..., Any]) -> Any:
    hold = limiter.limit(limit.often, key_func=limit.who, deduct_when=_is_wrong, on_breach=limit.too_often)
    return hold(view)


def _is_wrong(response: Response) -> bool:
    return response.status_code == WRONG
