"""The `fields` parameter: names, limits and what is wanted inside, `a,b.limit(5){c,d}`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from igapp.sandbox.graph import errors

T = TypeVar("T")
_TOKEN = re.compile(r"[\w-]+|[{},.()]")


@dataclass(frozen=True)
class Field:
    """One wanted field, its `.limit()` and `.after()`, and the fields wanted inside."""

    name: str
    arguments: Mapping[str, str]
    inner: tuple["Field", ...]

    def limit(self, otherwise: int) -> int:
        return int(self.arguments.get("limit", otherwise))


Render = Callable[[T, Field], Any]


def parse(text: str) -> tuple[Field, ...]:
    """Raises GraphError (code 2500) where braces do not match."""
    tokens = _TOKEN.findall(text)
    fields = _list(tokens)
    if tokens:
        raise errors.GraphError("Syntax error in the fields parameter", 2500, kind="OAuthException")
    return fields


def rendered(node: T, wanted: tuple[Field, ...], known: Mapping[str, Render[T]], kind: str) -> dict[str, Any]:
    """The wanted fields of a node, and its id; what has no value is left out, as Meta does it.

    Raises GraphError (code 100) for the whole call if one field does not exist.
    """
    answer: dict[str, Any] = {}
    for field in wanted:
        if field.name not in known:
            raise errors.no_such_field(field.name, kind)
        value = known[field.name](node, field)
        if value is not None:
            answer[field.name] = value
    return {**answer, "id": known["id"](node, Field("id", {}, ()))}


def _list(tokens: list[str]) -> tuple[Field, ...]:
    fields: list[Field] = []
    while tokens and tokens[0] != "}":
        if tokens[0] == ",":
            tokens.pop(0)
            continue
        name = tokens.pop(0)
        fields.append(Field(name, _arguments(tokens), _inner(tokens)))
    return tuple(fields)


def _arguments(tokens: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    while tokens[:1] == ["."] and tokens[2:3] == ["("] and tokens[4:5] == [")"]:
        found[tokens[1]] = tokens[3]
        del tokens[:5]
    return found


def _inner(tokens: list[str]) -> tuple[Field, ...]:
    if tokens[:1] != ["{"]:
        return ()
    tokens.pop(0)
    fields = _list(tokens)
    if tokens[:1] == ["}"]:
        tokens.pop(0)
    return fields
