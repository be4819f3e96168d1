"""Lets things happen: one or a thousand at once, told in one body or each in its own."""

from collections.abc import Sequence
from typing import Any

from igapp.sandbox.events import business, commenting, touching, writing
from igapp.sandbox.events.kinds import KINDS, Details, Done, Impossible, actor
from igapp.sandbox.webhooks.envelope import ENVELOPES, Event
from igapp.sandbox.webhooks.telling import tell
from igapp.sandbox.world import World

ROOMS = (writing, touching, commenting, business)
DELIVER = ("separate", "one-body", "none")


def happen(world: World, wishes: Sequence[Details], deliver: str = "separate") -> list[dict[str, Any]]:
    """Do what each wish says, in order; answers its ids. Raises Impossible, and then did nothing.

    `deliver`: `separate` sends each in a body of its own, `one-body` sends all together,
    `none` tells the product nothing. An event may name its own `envelope`.
    """
    if deliver not in DELIVER:
        raise Impossible(f"deliver is one of {', '.join(DELIVER)}")
    with world.store.transaction():
        done = [_one(world, wish) for wish in wishes]
        if deliver != "none":
            _tell(world, wishes, done, together=deliver == "one-body")
    return [{"kind": wish.get("kind", "text"), **what.ids} for wish, what in zip(wishes, done, strict=True)]


def _one(world: World, wish: Details) -> Done:
    name = str(wish.get("kind") or "text")
    if name not in KINDS:
        raise Impossible(f"no such kind: {name}; there are {', '.join(sorted(KINDS))}")
    if wish.get("envelope", "messaging") not in ENVELOPES:
        raise Impossible(f"envelope is one of {', '.join(ENVELOPES)}")
    return KINDS[name](actor(world, wish))


def _tell(world: World, wishes: Sequence[Details], done: Sequence[Done], *, together: bool) -> None:
    by_envelope: dict[str, list[Event]] = {}
    for wish, what in zip(wishes, done, strict=True):
        if what.event is not None and not wish.get("silent"):
            by_envelope.setdefault(str(wish.get("envelope") or "messaging"), []).append(what.event)
    for envelope, events in by_envelope.items():
        tell(world, events, envelope=envelope, together=together)
