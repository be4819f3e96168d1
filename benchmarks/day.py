"""A day's traffic, delivered twice while workers are killed: what is lost, doubled or wrong, and what changes again."""

from benchmarks.figures import Figure, below
from tests.infra.replaying import live
from tests.infra.stage import Stage

EVENTS, CUSTOMERS = 20_000, 1_000
KILL_SECONDS = 10


def run(stage: Stage) -> list[Figure]:
    """Measure on a stage that is not started yet."""
    found = live(stage, EVENTS, CUSTOMERS, KILL_SECONDS)
    beside = f"of {EVENTS:,} events"
    note = f"the first time in {found.seconds:.0f} s; {found.killed} workers killed"
    return [
        below("day: items lost", len(found.lost), 1, beside, note),
        below("day: items doubled", found.doubled, 1, beside),
        below("day: items that are wrong or out of order", len(found.wrong), 1, beside),
        below(
            "day: counts of the ledger that are wrong", len(found.miscounted), 1, beside, str(found.miscounted or "")
        ),
        below("day: tables that the second time changed", len(found.changed), 1, beside, ", ".join(found.changed)),
    ]
