"""Several real processes that do something at the same moment, each with an app and connections of its own."""

import multiprocessing
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.context import SpawnProcess
from typing import Any

from igapp import create_app, db
from igapp.config import Config

SECONDS = 150
"""A machine under load starts processes slowly; nothing here should ever take so long."""

Work = Callable[..., Any]


def at_once(
    environment: Mapping[str, str], work: Work, arguments: Sequence[tuple[Any, ...]], threads: int = 1
) -> list[Any]:
    """Run `work(meet, *arguments)` in one process for each tuple, in so many threads; returns all results.

    `meet()` waits for all others: what follows it happens at once. What goes wrong in one is raised here.
    """
    db.session().rollback()  # the test itself must not hold SQLite's one lock
    spawn = multiprocessing.get_context("spawn")
    barrier, results = spawn.Barrier(len(arguments) * threads), spawn.Queue()
    workers = [
        spawn.Process(target=_run, args=(dict(environment), barrier, results, work, each, threads), daemon=True)
        for each in arguments
    ]
    for worker in workers:
        worker.start()
    ends = [results.get(timeout=SECONDS) for _ in range(len(arguments) * threads)]
    for worker in workers:
        worker.join(SECONDS)
    problems = [end for is_fine, end in ends if not is_fine]
    assert not problems, "\n".join(problems)
    return [end for _, end in ends]


def alone(environment: Mapping[str, str], work: Work, *arguments: Any) -> tuple[SpawnProcess, Any]:
    """Start `work(ready, *arguments)` in a process that the test may kill; returns it and the event `ready`."""
    db.session().rollback()
    spawn = multiprocessing.get_context("spawn")
    ready = spawn.Event()
    worker = spawn.Process(target=_run_alone, args=(dict(environment), ready, work, arguments), daemon=True)
    worker.start()
    return worker, ready


def _run(
    environment: Mapping[str, str], barrier: Any, results: Any, work: Work, arguments: tuple[Any, ...], threads: int
) -> None:
    app = create_app(Config.from_env(environment))

    def act() -> None:
        with app.app_context():
            try:
                db.db.session.execute(db.db.text("SELECT 1"))
                db.session().rollback()
                results.put((True, work(lambda: barrier.wait(SECONDS), *arguments)))
            except BaseException:  # noqa: BLE001 - the test tells what it was
                barrier.abort()
                results.put((False, traceback.format_exc()))

    started = [threading.Thread(target=act) for _ in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()


def _run_alone(environment: Mapping[str, str], ready: Any, work: Work, arguments: tuple[Any, ...]) -> None:
    with create_app(Config.from_env(environment)).app_context():
        work(ready, *arguments)
