"""How an account does: its token, its subscription, its allowance, what Instagram refused; and when to warn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from igapp import db, utc
from igapp.desk import rates, settings
from igapp.models import MESSAGES, Account, AccountState, Send, SendState

WARN_DAYS = (14, 7, 3, 1)
"""Days before a token's end at which administrators are warned (S7); it is renewed daily, so something is wrong."""
REFUSED_HOURS = 24
"""How far back refusals are counted."""


@dataclass(frozen=True)
class Health:
    """What the account's page shows beside its own columns."""

    token_days: int | None
    """Whole days that the token still lives; None: not known."""
    sent: int
    """Messages of the last 5 minutes."""
    most: int
    usage_percent: int | None
    """Of Meta's own limit, as it said last."""
    refusals: Sequence[tuple[str, str, int]]
    """Sentence, code and number of what Instagram refused lately, the most frequent first."""
    waiting: int
    """Sends that wait for something."""


@dataclass(frozen=True)
class Alarm:
    """What every administrator's page says about an account."""

    account_id: int
    username: str
    sentence: str
    is_urgent: bool


def of(account: Account, now: datetime) -> Health:
    """Look at one account."""
    percent = (account.usage or {}).get("percent")
    return Health(
        token_days=token_days(account, now),
        sent=_sent(account, now),
        most=settings.workflow().sends_per_window,
        usage_percent=percent if isinstance(percent, int) else None,
        refusals=_refusals(account, now),
        waiting=_waiting(account),
    )


def token_days(account: Account, now: datetime) -> int | None:
    """Return how many whole days the token still lives."""
    ends_at = account.token_expires_at
    return max(0, (ends_at - now).days) if ends_at is not None else None


def alarms(now: datetime) -> list[Alarm]:
    """Return what is wrong with the accounts in use, or soon will be."""
    wanted = sa.select(Account).where(Account.state != AccountState.DISCONNECTED).order_by(Account.username)
    told = ((account, _warning(account, now)) for account in db.session().scalars(wanted))
    return [Alarm(account.id, account.username, *warning) for account, warning in told if warning is not None]


def _warning(account: Account, now: datetime) -> tuple[str, bool] | None:
    if account.state == AccountState.REFUSED:
        return "Instagram refuses the connection. What comes in is stored, what you send waits.", True
    days = token_days(account, now)
    if days is not None and days <= WARN_DAYS[0]:
        left = "today" if days == 0 else "in 1 day" if days == 1 else f"in {days} days"
        return f"The connection ends {left} and could not be renewed.", True
    if account.subscription_problem:
        return account.subscription_problem, False
    return None


def _sent(account: Account, now: datetime) -> int:
    since = now - utc.seconds(rates.SPAN_SECONDS)
    calls = sa.select(sa.func.count()).where(
        Send.account_id == account.id, Send.called_at > since, Send.kind.in_(MESSAGES)
    )
    return db.session().scalar(calls) or 0


def _refusals(account: Account, now: datetime) -> list[tuple[str, str, int]]:
    number = sa.func.count()
    wanted = (
        sa.select(Send.problem, Send.error_code, number)
        .where(
            Send.account_id == account.id,
            Send.called_at > now - utc.hours(REFUSED_HOURS),
            Send.state == SendState.FAILED,
        )
        .group_by(Send.problem, Send.error_code)
        .order_by(number.desc())
        .limit(10)
    )
    return [(row[0] or "Refused", row[1] or "", row[2]) for row in db.session().execute(wanted)]


def _waiting(account: Account) -> int:
    waiting = Send.state == db.written(Send.state, SendState.WAITING)
    return db.session().scalar(sa.select(sa.func.count()).where(Send.account_id == account.id, waiting)) or 0
