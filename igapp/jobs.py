"""Everything that RQ may run: lower the flag, load, call, commit. The background's table of contents."""

import functools
import logging
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from typing import ParamSpec

from flask import current_app
from redis.exceptions import RedisError

from igapp import background, db, redislink, utc
from igapp.desk import erasing, ledger, retention, routing
from igapp.instagram import (
    comment_gaps,
    commenting,
    completing,
    connect,
    gaps,
    lanes,
    media,
    outbox,
    profiles,
    settlement,
)

log = logging.getLogger(__name__)

SLICE_SECONDS = 2.0
"""A job that has more to do than this queues itself again, so that others have their turn and a stop is quick."""
ROUNDS_AT_ONCE = 10
"""Rounds of offers made in a row before other work has its turn."""

Ids = ParamSpec("Ids")


def job(act: Callable[Ids, None]) -> Callable[Ids, None]:
    """Run `act` in an app context of its own; what it leaves uncommitted is rolled back.

    An exception ends here: the rows are the truth, and the clock finds what is left to do.
    """

    @functools.wraps(act)
    def run(*args: Ids.args, **kwargs: Ids.kwargs) -> None:
        with current_app.app_context():
            with suppress(RedisError):
                background.begun(redislink.link(), act.__name__, *_ids(args))
            began = time.monotonic()
            try:
                act(*args, **kwargs)
            except Exception:
                db.session().rollback()
                log.exception("job_failed job=%s ids=%s", act.__name__, args)
            background.took(act.__name__, time.monotonic() - began)

    return run


@job
def drain(lane: int) -> None:
    """Apply the events that wait in a lane, and offer what came of them."""
    lanes.drain(lane, SLICE_SECONDS, give_out_work)


@job
def route() -> None:
    """Offer what waits to whoever is free."""
    give_out_work()


@job
def deliver(send_id: int) -> None:
    """Make a send's one call to Instagram."""
    outbox.deliver(send_id)


@job
def settle(send_id: int) -> None:
    """Find out what became of a send whose answer was lost."""
    settlement.settle(send_id)


@job
def fetch_media(attachment_id: int) -> None:
    """Fetch a picture, film, sound or file that a customer sent."""
    media.fetch(attachment_id, utc.now())


@job
def fetch_profile(identity_id: int) -> None:
    """Read a customer's profile."""
    profiles.fetch(identity_id, utc.now())


@job
def fetch_message(event_id: int) -> None:
    """Fetch a message of which only an edit came, and apply it."""
    completing.complete(event_id, utc.now())
    give_out_work()


@job
def fetch_comment(event_id: int) -> None:
    """Fetch what a comment's delivery left out, and apply it."""
    completing.complete(event_id, utc.now())
    give_out_work()


@job
def fetch_post(post_id: int) -> None:
    """Read the post above comments."""
    commenting.fetch_post(post_id, utc.now())


@job
def recheck_comment(item_id: int) -> None:
    """See whether a comment is still on Instagram."""
    commenting.recheck(item_id, utc.now())


@job
def find_gaps(account_id: int, started: str, cursor: str, number: int) -> None:
    """Compare a few of the platform's conversations with ours."""
    gaps.look(account_id, started, cursor, number, utc.now())


@job
def find_comments(account_id: int, started: str, posts: str) -> None:
    """Compare the comments below a few posts with ours."""
    comment_gaps.look(account_id, started, posts, utc.now())


@job
def refresh_token(account_id: int) -> None:
    """Renew an account's access token."""
    connect.refresh_token(account_id, utc.now())


@job
def check_subscription(account_id: int) -> None:
    """Read back which events Instagram tells us of, and repair it."""
    connect.check_subscription(account_id, utc.now())


@job
def replay(*ids: int) -> None:
    """Apply failed events again: these, or all."""
    put_back(list(ids))


@job
def erase(erasure_id: int) -> None:
    """Do some slices of an erasure."""
    _in_slices("erase", erasing.advance, erasure_id)


@job
def retain(run_id: int) -> None:
    """Do some slices of a pass over what is too old to be kept."""
    _in_slices("retain", retention.advance, run_id)


def _in_slices(name: str, advance: Callable[[int, datetime], bool], number: int) -> None:
    """Go on for a slice's time; where more remains, queue the rest, so that others have their turn."""
    deadline = time.monotonic() + SLICE_SECONDS
    while advance(number, utc.now()):
        if time.monotonic() >= deadline:
            background.later(name, number)
            break
        db.commit()
    db.commit()


def put_back(ids: list[int], *, with_ignored: bool = False) -> int:
    """Let events be applied again, some at a time; returns how many."""
    done, last = 0, 0
    while found := ledger.put_back(ids, utc.now(), with_ignored=with_ignored, after=last):
        db.commit()
        done, last = done + len(found), found[-1]
    db.commit()
    return done


def give_out_work() -> None:
    """Offer, some in each commit, until nobody is free or nothing waits."""
    for _ in range(ROUNDS_AT_ONCE):
        if not db.retrying(_route):
            return
    background.later("route")
    db.commit()


def settle_each(act: Callable[[int, datetime], bool], ids: Iterable[int], now: datetime) -> None:
    """Settle each in a transaction of its own, begun again after a conflict; one that fails holds up no other."""
    for number in ids:
        try:
            db.retrying(functools.partial(_settled, act, number, now))
        except Exception:
            db.session().rollback()
            log.exception("not_settled act=%s id=%d", act.__name__, number)


def _settled(act: Callable[[int, datetime], bool], number: int, now: datetime) -> None:
    act(number, now)
    db.commit()


def _route() -> bool:
    is_given = routing.route(utc.now(), routing.AT_ONCE)
    db.commit()
    return is_given


def _ids(args: tuple[object, ...]) -> tuple[int | str, ...]:
    return tuple(one for one in args if isinstance(one, int | str))
