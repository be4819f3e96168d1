"""Giving out work: two routers and two clocks at a full queue; one decision among many agents, beside a long queue."""

from benchmarks import routing_work as work
from benchmarks.bodies import ACCOUNT
from benchmarks.figures import Figure, below, median
from benchmarks.ground import add_account, add_agents, is_postgres
from igapp.desk import capacity
from tests.concurrency.crowd import at_once
from tests.desk.random import invariants
from tests.infra.stage import Stage

TEAM, WAITING = 100, 1_000
PLACES = WAITING // TEAM
"""Customers of one agent, so that the team has room for all who wait."""
ALL_SECONDS = 10
FEW, MANY = 10, 1_000
SHORT, LONG = 100, 10_000
DECISIONS = 40
SLOWER = 1.5
"""A decision may take so much longer beside a long queue; what is measured twice differs as well."""
EVENTS_PER_SECOND = 1_500


def run(stage: Stage) -> list[Figure]:
    """Measure on a stage of which nothing runs but the database and Redis."""
    add_account(stage.app)
    add_agents(stage.app, FEW, are_available=True)
    figures = [_all_at_once(stage, FEW, FEW * PLACES)] if not is_postgres(stage) else [_team(stage)]
    return [*figures, *_decisions(stage), _messages(stage)]


def _team(stage: Stage) -> Figure:
    add_agents(stage.app, TEAM - FEW, are_available=True, first=FEW)
    return _all_at_once(stage, TEAM, WAITING)


def _all_at_once(stage: Stage, agents: int, waiting: int) -> Figure:
    """Two routers and two clocks offer, two processes of agents accept at once, until everybody is held."""
    with stage.app.app_context():
        work.room_for(PLACES)
        work.wait_in_line(ACCOUNT, 0, waiting)
        jobs = ["route", "route", "tick", "tick", "take 0", "take 1"]
        seconds = max(at_once(stage.environment, work.until_held, [(job, waiting) for job in jobs]))
        assert capacity.recount() == {}
        invariants.hold(work.inbound())
    note = "2 routers, 2 clocks, all accepted"
    return below(f"{waiting:,} waiting given to {agents} agents", seconds, ALL_SECONDS, "s", note)


def _decisions(stage: Stage) -> list[Figure]:
    """Measure one decision with few agents and many, beside a short queue and a long one."""
    with stage.app.app_context():
        work.only(FEW)
        work.wait_in_line(ACCOUNT, WAITING, SHORT)
        few = median(work.decisions(DECISIONS))
        work.wait_in_line(ACCOUNT, WAITING + SHORT, LONG - SHORT)
        beside_long = median(work.decisions(DECISIONS))
    add_agents(stage.app, MANY, are_available=True, first=MANY)
    with stage.app.app_context():
        many = median(work.decisions(DECISIONS))
    return [
        Figure(f"one decision, {FEW} agents, {SHORT} waiting", f"{few:.1f} ms"),
        _at_most(f"one decision, {FEW} agents, {LONG:,} waiting", beside_long, few, SLOWER),
        _at_most(f"one decision, {MANY:,} agents, {LONG:,} waiting", many, beside_long, MANY / FEW),
    ]


def _at_most(name: str, value: float, base: float, most: float) -> Figure:
    ratio = value / base
    return Figure(name, f"{value:.1f} ms", f"{base:.1f} ms", f"{ratio:.2f}", f"≤ {most:g} × floor", ratio <= most)


def _messages(stage: Stage) -> Figure:
    """Apply messages of known customers, a hundred in a transaction, in a process of its own."""
    with stage.app.app_context():
        (rate,) = at_once(stage.environment, work.applied, [(ACCOUNT,)])
    goal = f"≥ {EVENTS_PER_SECOND:,}/s" if is_postgres(stage) else ""
    return Figure("messages applied at the desk", f"{rate:,.0f}/s", goal=goal, is_met=rate >= EVENTS_PER_SECOND)
