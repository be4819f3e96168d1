"""Memory of each process of web, worker and clock after a good deal of work: its proportional share (PSS)."""

import psutil

from benchmarks import bodies
from benchmarks.caller import call
from benchmarks.figures import Figure, below
from benchmarks.ground import add_account, add_agents, wait_until_applied
from tests.infra.stage import Stage

EVENTS = 10_000
EVENTS_A_BODY = 10
GOALS_MB = {"web": 150, "worker": 150, "clock": 100}


def run(stage: Stage) -> list[Figure]:
    """Deliver to a whole product, wait until all is applied, and weigh it."""
    add_account(stage.app)
    add_agents(stage.app, 10, are_available=True)
    stage.start()
    asked = bodies.requests(EVENTS // EVENTS_A_BODY, events=EVENTS_A_BODY)
    call(int(stage.environment["PORT"]), asked)
    wait_until_applied(stage.app)
    return [_figure(stage, name, goal) for name, goal in GOALS_MB.items()]


def _figure(stage: Stage, name: str, goal: int) -> Figure:
    shares = sorted(megabytes(stage.process(name).pid), reverse=True)
    each = " + ".join(f"{share:.0f}" for share in shares)
    return below(f"memory: largest {name} process", shares[0], goal, "MB", f"{each} = {sum(shares):.0f}")


def megabytes(pid: int) -> list[float]:
    """Return the proportional share of a process and of each of its descendants."""
    process = psutil.Process(pid)
    return [one.memory_full_info().pss / 1e6 for one in (process, *process.children(recursive=True))]
