"""When the product hears of what it did itself: after its answer, before it, twice, or never."""

from igapp.sandbox.webhooks import telling
from igapp.sandbox.webhooks.envelope import Event
from igapp.sandbox.world import World

AFTER_SECONDS = 0.1
AGAIN_SECONDS = 0.3


def tell(world: World, event: Event) -> None:
    """Queue the echo of a send, or of an own comment, as the faults want it."""
    if world.faults.strikes("no_echo"):
        return
    if world.faults.strikes("echo_before_answer"):
        telling.tell_first(world, event)
    else:
        telling.tell(world, [event], delay=AFTER_SECONDS)
    if world.faults.strikes("echo_twice"):
        telling.tell(world, [event], delay=AGAIN_SECONDS)
