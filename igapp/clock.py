"""The clock: once a second, what is due? Works without Redis, and twice at once without harm.

Each duty is a transaction (or several) of its own; one that fails holds up no other.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from flask import current_app

from igapp import background, db, utc
from igapp.desk import (
    availability,
    capacity,
    closing,
    connections,
    erasures,
    hours,
    marking,
    media,
    offers,
    retention,
    rollups,
    routing,
    sends,
    sessions,
    two_factor,
)
from igapp.instagram import gaps, lanes, overdue, profiles, tokens
from igapp.jobs import give_out_work, settle_each
from igapp.models import Account, SendState

log = logging.getLogger(__name__)

TICK_SECONDS = 1.0
"""Between two ticks."""
LATE_SECONDS = 1.5
"""An event that nobody has drained for so long is drained here: Redis may be away."""
DRAIN_SECONDS = 2.0
"""How long one pass drains, so that offers are not kept waiting."""
TOKEN_HOURS = 24
"""A token is renewed this often."""
SUBSCRIPTION_HOURS = 24
"""A subscription is read back this often."""


@dataclass(frozen=True)
class Duty:
    """Something to look after, and how often."""

    name: str
    act: Callable[[datetime], None]
    every_seconds: float = TICK_SECONDS
    asked: Callable[[datetime], None] | None = None
    """What it does where somebody asks for it by name, however lately it was done; None: the same."""


def once(names: Iterable[str]) -> bool:
    """Do the named duties once, in their order; returns whether all of them went well."""
    wanted = set(names)
    done = [do(duty) for duty in DUTIES if duty.name in wanted]
    return all(done)


def at_once(name: str) -> bool:
    """Do the duty that somebody asks for by name, however lately it was done; returns whether it went well."""
    duty = next(one for one in DUTIES if one.name == name)
    return do(replace(duty, act=duty.asked or duty.act))


def do(duty: Duty) -> bool:
    """Do one duty; what goes wrong is logged, rolled back and done again at the next tick."""
    with current_app.app_context():
        try:
            duty.act(utc.now())
            db.commit()
        except Exception:
            db.session().rollback()
            log.exception("duty_failed duty=%s", duty.name)
            return False
    return True


def _offers(now: datetime) -> None:
    """Send on what nobody accepted in time or whose agent is gone, and give out what waits (SPEC 5.5 to 5.12)."""
    settle_each(offers.expire, offers.expired(now), now)
    settle_each(availability.return_to_queue, availability.absent(now), now)
    routing.pauses_over(now)
    db.commit()
    give_out_work()


def _sessions(now: datetime) -> None:
    """End the sessions in which the customer fell silent (SPEC 7.1)."""
    settle_each(closing.end_silent, sessions.silent(now), now)


def _recount(_now: datetime) -> None:
    """Put right a load that differs from the tables, which is a bug to be found."""
    for agent_id, (stored, counted) in capacity.recount().items():
        log.error("load_was_wrong agent=%d stored=%d counted=%d", agent_id, stored, counted)


def _lanes(now: datetime) -> None:
    """Drain what nobody rang for."""
    lane = lanes.late(now, LATE_SECONDS)
    db.session().rollback()
    if lane is not None:
        lanes.drain(lane, DRAIN_SECONDS, give_out_work)


def _sends(now: datetime) -> None:
    """Ring again for sends that are due; those whose worker died are looked for; what nobody took is called here."""
    for send_id, state in sends.due(now):
        if state == SendState.SENDING:
            _lose(send_id, now)
        else:
            background.later("settle" if state == SendState.CHECKING else "deliver", send_id)
    db.commit()
    overdue.call(now)


def _lose(send_id: int, now: datetime) -> None:
    """A lease ran out: the call may have left, so its outcome is unknown."""
    send = sends.load(send_id)
    if send is not None and send.state == SendState.SENDING and send.next_try_at and send.next_try_at <= now:
        sends.record_unknown(send, now)
    db.commit()


def _profiles(now: datetime) -> None:
    for identity_id in profiles.overdue(now):
        background.later("fetch_profile", identity_id)


def _tokens(now: datetime, after_hours: int = TOKEN_HOURS) -> None:
    """Renew each token daily (S7); one that no key of ours opens is looked at without delay."""
    _daily("refresh_token", _renewed_at, after_hours, now)


def _renewed_at(account: Account) -> datetime | None:
    return None if tokens.is_unreadable(account) else account.token_refreshed_at


def _subscriptions(now: datetime, after_hours: int = SUBSCRIPTION_HOURS) -> None:
    """Read each subscription back daily (L8)."""
    _daily("check_subscription", lambda account: account.subscription_checked_at, after_hours, now)


def _daily(job: str, last: Callable[[Account], datetime | None], after_hours: int, now: datetime) -> None:
    for account in connections.in_use():
        done_at = last(account)
        if account.may_send and (done_at is None or now - done_at >= utc.hours(after_hours)):
            background.later(job, account.id)


def _media(now: datetime) -> None:
    for attachment_id in media.due(now):
        background.later("fetch_media", attachment_id)


def _stories(now: datetime) -> None:
    """Let go of stories that are over (SPEC 3.3)."""
    media.expire_stories(now)


def _gaps(now: datetime) -> None:
    """Compare the platform's conversations with ours (L9)."""
    for account_id in gaps.due(now):
        gaps.begin(account_id, now)


def _gaps_of_all(now: datetime) -> None:
    for account in connections.in_use():
        gaps.begin(account.id, now)


def _retention(now: datetime) -> None:
    """Begin the daily pass over what is too old; go on with what was interrupted."""
    retention.begin_if_due(now)
    two_factor.seal_again()
    marking.seal_again()
    for erasure_id in erasures.running():
        background.later("erase", erasure_id)


def _retention_now(now: datetime) -> None:
    _retention(now)
    retention.begin(retention.current(), None, now, is_dry=False)


def _reports(now: datetime) -> None:
    """Sum the newest day whose sums are due; the others, and the months, follow one by one."""
    days = rollups.due(now)
    for day in days[:1]:
        rollups.build(day, now)
    for month in rollups.due_months()[:1] if not days else ():
        rollups.build_month(month, now)


def _reports_now(now: datetime) -> None:
    """Sum today anew, and everything else that is due."""
    for day in dict.fromkeys([hours.today(now), *rollups.due(now)]):
        rollups.build(day, now)
        db.commit()
    for month in rollups.due_months():
        rollups.build_month(month, now)


def _nothing(_now: datetime) -> None:
    """Due times are counted by the pages that show them."""


DUTIES = (
    Duty("offers", _offers),
    Duty("sessions", _sessions),
    Duty("sla", _nothing),
    Duty("lanes", _lanes),
    Duty("sends", _sends),
    Duty("profiles", _profiles, 30),
    Duty("media", _media, 5),
    Duty("load", _recount, 30),
    Duty("stories", _stories, 10),
    Duty("tokens", _tokens, 600, partial(_tokens, after_hours=0)),
    Duty("subscriptions", _subscriptions, 600, partial(_subscriptions, after_hours=0)),
    Duty("gaps", _gaps, 10, _gaps_of_all),
    Duty("retention", _retention, 60, _retention_now),
    Duty("reports", _reports, 10, _reports_now),
)
"""What the clock looks after, in the order of one tick."""
NAMES = tuple(duty.name for duty in DUTIES)
