"""The register of kinds, and what they share: who does it, to which account, when, with what."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from igapp.sandbox import ids, messages, people
from igapp.sandbox.messages import Message
from igapp.sandbox.people import Account, Identity
from igapp.sandbox.webhooks.envelope import Event
from igapp.sandbox.world import World

Details = Mapping[str, Any]


class Impossible(ValueError):
    """What was asked for cannot happen on Instagram; the message says why."""


@dataclass(frozen=True)
class Actor:
    """A person doing something towards an account at a moment of the platform's clock."""

    world: World
    account: Account
    who: Identity
    at: int
    details: Details

    def text(self, otherwise: str | None = None) -> str | None:
        value = self.details.get("text")
        return str(value) if value not in (None, "") else otherwise

    def new_mid(self) -> str:
        """A new message's id: the one that was asked for, else one like Meta's."""
        return str(self.details.get("new_mid") or ids.message_id(self.account.user_id, self.who.igsid))

    def target(self, direction: str) -> Message:
        """The message meant by `mid`, else the last one in that direction. Raises Impossible."""
        store, mid = self.world.store, self.details.get("mid")
        found = (
            messages.get(store, str(mid))
            if mid
            else messages.last(store, self.account.user_id, self.who.igsid, direction)
        )
        if found is None or found.igsid != self.who.igsid:
            raise Impossible("there is no such message in this conversation yet")
        return found


@dataclass(frozen=True)
class Done:
    """What came of it: the ids that it made or touched, and the event, if Instagram tells of it."""

    event: Event | None = None
    ids: dict[str, str] = field(default_factory=dict)


Doing = Callable[[Actor], Done]
KINDS: dict[str, Doing] = {}


def kind(name: str) -> Callable[[Doing], Doing]:
    def register(doing: Doing) -> Doing:
        KINDS[name] = doing
        return doing

    return register


def actor(world: World, details: Details) -> Actor:
    """Who does it, from `account`, `person` and `at` or `ago_seconds`. Raises Impossible."""
    account = people.account(world.store, str(details.get("account") or "our.brand"))
    if account is None:
        raise Impossible(f"no such account: {details.get('account')}")
    who = people.identity(world.store, account.user_id, str(details.get("person") or "lena"))
    if who is None:
        raise Impossible(f"no such person: {details.get('person')}")
    return Actor(world, account, who, _moment(world, details), details)


def _moment(world: World, details: Details) -> int:
    if details.get("at"):
        return int(details["at"])
    return world.clock.tick() - round(float(details.get("ago_seconds") or 0) * 1000)
