"""Everything that can go wrong at Meta, as switches that a test or the page turns on.

A switch has a rate (0 to 1), may run out after so many `times`, and may be held to some calls
(`only`, the names of graph/calls.py). What it does when it strikes is its room's matter.
"""

import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Fault:
    """One switch: what it says on the page, whether it is on, how often it strikes, and how."""

    name: str
    label: str
    help: str
    on: bool = False
    rate: float = 1.0
    times: int | None = None
    only: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)


CATALOGUE: tuple[Fault, ...] = (
    Fault(
        "slow_answers",
        "Slow answers",
        "Every call takes 3 to 6 seconds.",
        options={"seconds": [3, 6]},
    ),
    Fault(
        "server_errors",
        "Server errors",
        "One call in three ends with a 5xx; a send may or may not have been delivered.",
        rate=0.33,
        options={"status": 503, "body": "json", "delivered": False},
    ),
    Fault(
        "lost_answers",
        "Lost answers",
        "One send in five is delivered, but the answer never arrives.",
        rate=0.2,
        only=("send", "reply"),
        options={"how": "drop", "seconds": 10},
    ),
    Fault(
        "refused_before",
        "Refused for the moment",
        "One send in three is refused before delivery: error 2, try again.",
        rate=0.33,
        only=("send", "reply", "hide", "delete"),
        options={"status": 400},
    ),
    Fault("duplicates", "Duplicates", "Every webhook comes twice."),
    Fault(
        "disorder",
        "Disorder",
        "Webhooks come up to 3 seconds late and out of order.",
        options={"seconds": 3},
    ),
    Fault(
        "echo_before_answer",
        "Echo first",
        "The echo of a send arrives before its answer.",
    ),
    Fault("echo_twice", "Echo twice", "Every echo comes twice."),
    Fault("no_echo", "No echo", "No send is echoed."),
    Fault("expired_token", "Token refused", "Error 190 on every call."),
    Fault(
        "rate_limit",
        "Rate limit",
        "Every call is refused as one too many, with usage at 100 %.",
        options={"code": 613, "minutes": 1},
    ),
    Fault(
        "high_usage",
        "High usage",
        "Calls work, but the usage headers say 85 %.",
        options={"percent": 85},
    ),
    Fault(
        "strict_rates",
        "Strict rates",
        "Meta's documented rates are enforced: 2 conversation reads and 100 sends a second.",
    ),
    Fault(
        "human_agent_refused",
        "Human agent not approved",
        "Sends with the human-agent tag are refused.",
    ),
    Fault(
        "no_multi_image",
        "One image only",
        "Several images in one message are not available yet: 2/2534068.",
    ),
    Fault(
        "profile_refused",
        "Profiles refused",
        "Nobody consents to their profile being read: error 230.",
    ),
    Fault("media_gone", "Media gone", "Every picture and video answers 404."),
    Fault(
        "webhook_silence",
        "Webhook silence",
        "Things happen on Instagram, but no webhook tells of them.",
    ),
    Fault(
        "edit_only",
        "Edits only",
        "Of a new message only an edit event arrives, without sender.",
    ),
    Fault(
        "refuse_with",
        "Refused for good",
        "Sends are refused with an error of your choice (first: person unavailable).",
        only=("send", "reply"),
        options={
            "code": 551,
            "subcode": 1545041,
            "status": 400,
            "message": "This person isn't available right now.",
            "transient": False,
        },
    ),
    Fault(
        "no_echo_field",
        "No echo field",
        "Subscribing to message_echoes is refused: error 100.",
    ),
    Fault(
        "wrapped_answers",
        "Wrapped answers",
        "Log-in answers come inside a data list, as documented.",
    ),
    Fault(
        "foreign_links",
        "Links that lead astray",
        "Paging links and media redirects point to a host that is not ours.",
        options={"host": "http://elsewhere.invalid"},
    ),
)


class Faults:
    """The switchboard. Thread-safe; unknown names and options are refused with ValueError."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._random = random.Random(20)
        self._faults = {fault.name: fault for fault in CATALOGUE}

    def all(self) -> list[Fault]:
        return list(self._faults.values())

    def get(self, name: str) -> Fault:
        return self._faults[name]

    def reset(self) -> None:
        with self._lock:
            self._faults = {fault.name: fault for fault in CATALOGUE}

    def set(self, name: str, wish: object) -> Fault:
        """Turn a switch by `true`/`false`, by a rate, or by a mapping of its settings."""
        if name not in self._faults:
            raise ValueError(f"no such fault: {name}")
        with self._lock:
            self._faults[name] = _wished(self._faults[name], wish)
            return self._faults[name]

    def is_on(self, name: str) -> bool:
        return self._faults[name].on

    def strikes(self, name: str, call: str | None = None) -> Fault | None:
        """The fault if it strikes this time, else None. Counts down its `times`."""
        fault = self._faults[name]
        if not fault.on or (fault.only and call is not None and call not in fault.only):
            return None
        with self._lock:
            fault = self._faults[name]
            if not fault.on or self._random.random() >= fault.rate:
                return None
            self._faults[name] = _used(fault)
            return fault

    def between(self, shortest: float, longest: float) -> float:
        return self._random.uniform(shortest, longest)


def _used(fault: Fault) -> Fault:
    if fault.times is None:
        return fault
    left = fault.times - 1
    return replace(fault, times=left or None, on=left > 0)


def _wished(fault: Fault, wish: object) -> Fault:
    if isinstance(wish, bool):
        return replace(fault, on=wish, times=None)
    if isinstance(wish, int | float):
        return replace(fault, on=wish > 0, rate=_rate(wish))
    if isinstance(wish, Mapping):
        return _detailed(fault, wish)
    raise ValueError(f"{fault.name}: true, false, a rate or its settings, not {wish!r}")


def _detailed(fault: Fault, wish: Mapping[str, Any]) -> Fault:
    settings = {"on", "rate", "times", "only"}
    options = {key: value for key, value in wish.items() if key not in settings}
    if unknown := options.keys() - fault.options.keys():
        raise ValueError(f"{fault.name} has no {', '.join(sorted(unknown))}")
    return replace(
        fault,
        on=bool(wish.get("on", True)),
        rate=_rate(wish.get("rate", fault.rate)),
        times=int(wish["times"]) if wish.get("times") else None,
        only=tuple(wish.get("only", fault.only)),
        options={**fault.options, **options},
    )


def _rate(value: object) -> float:
    if isinstance(value, int | float) and 0 <= value <= 1:
        return float(value)
    raise ValueError(f"a rate lies between 0 and 1, not {value!r}")
