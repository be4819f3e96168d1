"""A thousand answers through an Instagram that fails, loses answers, throttles and is slow: what became of each."""

from collections import Counter

from benchmarks.figures import Figure, below
from tests.infra.stage import Stage
from tests.infra.trouble import answer_through_trouble

CUSTOMERS, EACH = 100, 10
SECONDS = 400
"""In which everything has an end."""


def run(stage: Stage) -> list[Figure]:
    """Measure on a stage with everything running."""
    outcome = answer_through_trouble(stage.start(), CUSTOMERS, EACH, SECONDS)
    ends = ", ".join(f"{count} {state}" for state, count in sorted(Counter(outcome.states.values()).items()))
    note = f"{ends}, in {outcome.seconds:.0f} s"
    return [
        below("trouble: answers that are at Instagram twice", len(outcome.twice), 1, f"of {CUSTOMERS * EACH}", note),
        below("trouble: answers whose state is not true", len(outcome.untrue), 1, f"of {CUSTOMERS * EACH}"),
    ]
