"""What a page of settings showed at first: saving it changes what was changed on it, and leaves others' changes."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask import request

PREFIX = "shown-"


def fields(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the hidden fields of a form that shows these values; a refused one keeps what it showed at first."""
    is_new = request.method == "GET"
    for name, value in values.items():
        if is_new or PREFIX + name in request.form:
            yield PREFIX + name, _written(value) if is_new else request.form[PREFIX + name]


def changed(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is not as the form showed it; of what a form does not say it showed, all that was typed."""
    return {name: value for name, value in typed.items() if _shown(name) != _written(value)}


def _shown(name: str) -> str | None:
    found = request.form.get(PREFIX + name)
    return found if found is None else _written(found)


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else ""
    return "" if value is None else str(value).replace("\r\n", "\n").strip()
