"""Tells the product what happened: only what it subscribed to, and as badly as the faults say."""

import threading
from collections.abc import Sequence
from dataclasses import replace

from igapp.sandbox import people
from igapp.sandbox.webhooks import signing
from igapp.sandbox.webhooks.envelope import Event, bodies
from igapp.sandbox.world import World

BEFORE_ANSWER_SECONDS = 2.0


def tell(
    world: World,
    events: Sequence[Event],
    *,
    envelope: str = "messaging",
    together: bool = True,
    delay: float = 0.0,
) -> list[int]:
    """Queue webhooks of these events; answers the numbers of the deliveries."""
    heard = [_as_told(world, event) for event in _subscribed(world, events)]
    if not heard or world.faults.strikes("webhook_silence"):
        return []
    numbers: list[int] = []
    for body, part in bodies(heard, envelope, together):
        raw, refs = signing.written(body), [event.ref for event in part]
        copies = 2 if world.faults.strikes("duplicates") else 1
        numbers += [world.sender.post(raw, refs, delay + _lateness(world)) for _ in range(copies)]
    return numbers


def tell_first(world: World, event: Event) -> None:
    """Tell it and wait until the product has heard it, or for two seconds."""
    if not _subscribed(world, [event]) or world.faults.strikes("webhook_silence"):
        return
    tried = threading.Event()
    ((body, _),) = bodies([event], "messaging", together=False)
    world.sender.post(signing.written(body), [event.ref], tried=tried)
    tried.wait(BEFORE_ANSWER_SECONDS)


def _subscribed(world: World, events: Sequence[Event]) -> list[Event]:
    fields = {account.user_id: account.subscribed_fields for account in people.accounts(world.store)}
    return [event for event in events if event.field in fields.get(event.account, ())]


def _as_told(world: World, event: Event) -> Event:
    message = event.value.get("message", {})
    is_new = event.field == "messages" and not {"is_echo", "is_deleted"} & message.keys()
    if is_new and world.faults.strikes("edit_only"):
        value = {"timestamp": event.at, "message_edit": {"mid": event.ref, "num_edit": 0}}
        return replace(event, field="message_edit", value=value)
    return event


def _lateness(world: World) -> float:
    fault = world.faults.strikes("disorder")
    return world.faults.between(0, fault.options["seconds"]) if fault else 0.0
