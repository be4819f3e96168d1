"""How long a search takes among a million messages of fifty thousand customers."""

import time

import sqlalchemy as sa

from benchmarks import talk
from benchmarks.figures import Figure, below, median, percentile
from benchmarks.ground import add_account, is_postgres
from igapp import db, utc
from igapp.desk import search
from igapp.models import Account
from tests.infra.stage import Stage

CUSTOMERS, MESSAGES = 50_000, 1_000_000
ROUNDS = 40
GOAL_MS = 50
"""On Postgres, for the page of 20 and for the list while somebody types."""
LIMITS = (20, 5)


def run(stage: Stage) -> list[Figure]:
    """Measure on the database of a stage, in this process."""
    add_account(stage.app)
    with stage.app.app_context():
        talk.fill(db.session().scalars(sa.select(Account)).one(), CUSTOMERS, MESSAGES, utc.now())
    took = {name: [_search(stage, words, limit) for _ in range(ROUNDS) for limit in LIMITS] for name, words in _asked()}
    return [_figure(name, times, stage) for name, times in took.items()] + [
        _figure("all", [one for times in took.values() for one in times], stage)
    ]


def _figure(name: str, took: list[float], stage: Stage) -> Figure:
    title, at_95 = f"search, {name}: p95", percentile(took, 95)
    note = f"p50 {median(took):.1f}"
    return below(title, at_95, GOAL_MS, "ms", note) if is_postgres(stage) else Figure(title, f"{at_95:.1f} ms ({note})")


def _search(stage: Stage, words: str, limit: int) -> float:
    """As a request does it: a session of its own, and everything that is shown."""
    with stage.app.app_context():
        began = time.perf_counter()
        found = search.find(words, limit)
        _ = [(one.customer.display_name, one.line) for one in (*found.customers, *found.messages)]
        return (time.perf_counter() - began) * 1000


def _asked() -> list[tuple[str, str]]:
    """Questions by what they are like; in a million messages a word of rank n occurs about once in n."""
    words = talk.Talk().words
    return [
        ("a rare word", words[-100]),
        ("a word now and then", words[300]),
        ("a frequent word", "order"),
        ("two words", f"order {words[40]}"),
        ("two rare words", f"{words[2_000]} {words[3_000]}"),
        ("the beginning of a word", words[500][:3]),
        ("one letter", "b"),
        ("a name", "Maria"),
        ("a username", "user.4711"),
        ("umlauts", "Größe für"),
        ("an emoji", "😀"),
        ("nothing found", "xylophone"),
    ]
