"""How often an account was called: the usage headers, and Meta's documented rates."""

import json
from typing import Any

from flask import Response

from igapp.sandbox.graph import errors
from igapp.sandbox.world import World

SECOND_MS, HOUR_MS = 1000, 3_600_000
CALLS_AN_HOUR = 20_000
HIGHEST_WITHOUT_FAULT = 75
STRICT = {
    "conversations": (2, SECOND_MS),
    "conversation": (2, SECOND_MS),
    "send": (100, SECOND_MS),
    "private_reply": (750, HOUR_MS),
}


def count(world: World, account: str, call: str) -> None:
    """Note a call. Raises GraphError 613 where strict rates are on and it is one too many."""
    now = world.clock.now()
    world.rates.hit(account, now)
    if call not in STRICT or not world.faults.is_on("strict_rates"):
        return
    most, window = STRICT[call]
    kept = "conversations" if call == "conversation" else call
    if world.rates.hits(f"{account}:{kept}", now - window) >= most:
        raise errors.too_many(613)
    world.rates.hit(f"{account}:{kept}", now)


def write_headers(world: World, response: Response, account: str | None) -> None:
    """Percentages of what is allowed, and minutes until calls are possible again."""
    limit, high = world.faults.get("rate_limit"), world.faults.get("high_usage")
    percent = min(HIGHEST_WITHOUT_FAULT, world.rates.total(account or "app") * 100 // CALLS_AN_HOUR)
    percent = 100 if limit.on else int(high.options["percent"]) if high.on else percent
    usage: dict[str, Any] = {
        "call_count": percent,
        "total_time": percent // 2,
        "total_cputime": percent // 2,
    }
    response.headers["X-App-Usage"] = json.dumps(usage)
    if account:
        minutes = int(limit.options["minutes"]) if limit.on else 0
        one = {"type": "instagram", **usage, "estimated_time_to_regain_access": minutes}
        response.headers["X-Business-Use-Case-Usage"] = json.dumps({account: [one]})
