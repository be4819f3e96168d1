"""What templates may use: icons, initials, counts, times in the reader's zone, and who is asking."""

from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Any

from flask import Flask, g
from flask_login import current_user
from heroicons.jinja import heroicon_micro, heroicon_outline
from markupsafe import Markup

from igapp import utc
from igapp.models import Role, User
from igapp.web import assets, commands, live, texts, times

MICRO_SIZE = 16
"""Pixels up to which icons are drawn in their smallest form."""
TINTS = 8
"""How many background colours avatars have (css/components/avatar.css)."""

_REFERENCE = '<svg class="icon" width="{size}" height="{size}" aria-hidden="true"><use href="#{name}"/></svg>'

SHORT = ((1_000_000_000, "B"), (1_000_000, "M"), (1_000, "K"))

LISTS = {"emoji": texts.EMOJI, "commands": commands.COMMANDS, "other_keys": commands.OTHERS}
"""What templates show one by one."""


def init_app(app: Flask) -> None:
    """Give templates their helpers."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    drawings = {"icon": icon, "drawn": drawn, "icon_sheet": icon_sheet, "asset": assets.address}
    app.jinja_env.globals.update(at=at, ago=ago, newest_ring=live.newest_ring, **drawings, **LISTS)
    app.jinja_env.tests.update(showable=texts.is_showable, web_address=texts.is_web_address)
    app.jinja_env.filters.update(
        linked=texts.linked,
        marked=texts.marked,
        spoken=texts.spoken,
        initials=initials,
        tint=tint,
        short=short,
        span=times.span,
        ago=_ago,
        clock=clock,
        day=day,
        exact=exact,
        iso=iso,
    )
    app.context_processor(_whoever_asks)


@lru_cache(maxsize=512)
def icon(name: str, label: str = "", size: int = MICRO_SIZE) -> Markup:
    """Return an icon: named for everybody where it says something by itself, else hidden from assistive technology."""
    draw = heroicon_micro if size <= MICRO_SIZE else heroicon_outline
    named = {"role": "img", "aria_label": label, "aria_hidden": "false"}  # the package hides every icon by itself
    said = named if label else {"aria_hidden": "true"}
    return Markup(draw(name, size=size, **{"class": "icon"}, **said))  # noqa: S704 - a package's own file


@lru_cache(maxsize=512)
def drawn(name: str, size: int = MICRO_SIZE) -> Markup:
    """Return a reference to an icon of the page's sheets: what stands in every row is sent once."""
    return Markup(_REFERENCE).format(name=_symbol_id(name, size), size=size)  # noqa: S704 - a constant


@lru_cache(maxsize=8)
def icon_sheet(*names: str, size: int = MICRO_SIZE) -> Markup:
    """Return a sheet that a page's references point into, for icons of about that size; nobody sees or hears it."""
    symbols = (_symbol(name, size) for name in names)
    return Markup("<svg hidden>{}</svg>").format(Markup("").join(symbols))


def _symbol(name: str, size: int) -> Markup:
    """Return an icon as a symbol, in its own box and with its own strokes."""
    drawing = " ".join(str(icon(name, size=size)).removesuffix("</svg>").split())
    outside, inside = drawing.removeprefix("<svg ").split(">", 1)
    look = outside.split(" aria-hidden")[0]
    symbol = f'<symbol id="{_symbol_id(name, size)}" {look}>{inside}</symbol>'
    return Markup(symbol)  # noqa: S704 - a package's own file


def _symbol_id(name: str, size: int) -> str:
    return f"icon-{name}" if size <= MICRO_SIZE else f"outline-{name}"


def initials(name: str) -> str:
    """Return up to two letters that stand for a name where there is no picture."""
    words = [word.strip("@._-") for word in name.replace(".", " ").split()]
    letters = [word[0] for word in words if word and word[0].isalnum()]
    return "".join(letters[:1] + letters[-1:] if len(letters) > 1 else letters).upper() or "?"


def tint(number: int) -> str:
    """Return the class of an avatar's colour, always the same for the same person."""
    return f"avatar--{number % TINTS}"


def short(count: int) -> str:
    """Return a count with at most one decimal: 12431 is "12.4K" (SPEC 4.4); cut, never rounded up."""
    for size, letter in SHORT:
        if count >= size:
            tenths = count * 10 // size
            whole, tenth = divmod(tenths, 10)
            return f"{whole}.{tenth}{letter}" if tenth else f"{whole}{letter}"
    return str(count)


def now() -> datetime:
    """Return the moment that everything on one page is told from."""
    if "now" not in g:
        g.now = utc.now()
    moment: datetime = g.now
    return moment


def at(moment: datetime, style: str = "") -> Markup:
    """Return the time of day in the reader's zone, with the exact moment beside it; a page has many."""
    return _time(moment, clock(moment), "", style)


def ago(moment: datetime, style: str = "") -> Markup:
    """Return how long ago, which the browser keeps up to date, with the exact moment beside it."""
    return _time(moment, _ago(moment), " data-ago", style)


def _time(moment: datetime, words: str, mark: str, style: str) -> Markup:
    styled = f' class="{style}"' if style else ""
    tag = f'<time datetime="{iso(moment)}" title="{exact(moment)}"{mark}{styled}>{words}</time>'
    return Markup(tag)  # noqa: S704 - nothing in it is anybody's text


def _ago(moment: datetime) -> str:
    return times.ago(moment, now(), _place())


def clock(moment: datetime) -> str:
    """Return the time of day in the reader's zone."""
    return times.clock(moment, now(), _place())


def day(moment: datetime) -> str:
    """Return the day in the reader's zone."""
    return times.day(moment, now(), _place())


def exact(moment: datetime) -> str:
    """Return the moment to the second in the reader's zone."""
    return times.exact(moment, _place())


def iso(moment: datetime) -> str:
    """Return the moment for `<time datetime>`."""
    return moment.isoformat(timespec="milliseconds")


def _place() -> tzinfo:
    """The reader's zone, looked up once: a page has a hundred moments."""
    if "place" not in g:
        g.place = times.zone(current_user.user.time_zone) if current_user.is_authenticated else UTC
    place: tzinfo = g.place
    return place


def _whoever_asks() -> dict[str, Any]:
    user: User | None = current_user.user if current_user.is_authenticated else None
    return {
        "me": user,
        "now": now(),
        "is_manager": user is not None and user.may_act_as(Role.MANAGER),
        "is_admin": user is not None and user.may_act_as(Role.ADMIN),
    }
