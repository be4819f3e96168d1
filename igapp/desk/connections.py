"""How an account stands with Instagram: connected, refused, resting for a while, disconnected (SPEC 1.1 to 1.4)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from igapp import bell, db, utc
from igapp.desk import audit
from igapp.models import Account, AccountState, Inbox, Send, SendState, User

HEAVY_USE = 80
"""Per cent of Meta's allowance; from here on background work rests, so that agents' messages still go."""
ALL_USED = 100
"""Per cent, where Meta takes no more calls."""
USAGE_STEP = 10
"""Per cent by which the allowance must have changed to be written down."""
USAGE_MINUTES = 5
"""How long what Meta said about its allowance holds."""
REFUSED = "Instagram no longer accepts the connection. Reconnect the account; nothing that was written is lost."
UNREADABLE = "None of our keys can open the stored connection. Reconnect the account."


@dataclass(frozen=True)
class Facts:
    """What Instagram says about an account of ours; webhooks may name it by either id.

    Where only one id came, it may be either: a known account keeps its two.
    """

    ig_user_id: str
    app_scoped_id: str | None
    username: str
    name: str | None = None
    picture_url: str | None = None


@dataclass(frozen=True)
class Grant:
    """What lets us speak for it: the sealed token and what it allows."""

    token_encrypted: str
    expires_at: datetime | None = None
    permissions: Sequence[str] | None = None


def in_use() -> Sequence[Account]:
    """Return the accounts that are not disconnected."""
    wanted = sa.select(Account).where(Account.state != AccountState.DISCONNECTED)
    return db.session().scalars(wanted.order_by(Account.id)).all()


def named(platform_ids: Iterable[str | None]) -> Account | None:
    """Return the account that Meta names by one of these ids."""
    ids = [platform_id for platform_id in platform_ids if platform_id]
    which = sa.or_(Account.ig_user_id.in_(ids), Account.app_scoped_id.in_(ids))
    return db.session().scalar(sa.select(Account).where(which).order_by(Account.id).limit(1))


def connect(facts: Facts, grant: Grant, now: datetime, user: User | None = None) -> Account:
    """Take an account into use, or again in place with its history; what waits goes out."""
    account = named((facts.ig_user_id, facts.app_scoped_id))
    is_new = account is None
    account = _locked(account) if account is not None else _new(facts, now)
    if account.state == AccountState.DISCONNECTED:
        account.connected_at, account.disconnected_at = now, None
    if facts.app_scoped_id is not None:
        account.ig_user_id, account.app_scoped_id = facts.ig_user_id, facts.app_scoped_id
    account.username, account.name, account.picture_url = facts.username, facts.name, facts.picture_url
    renew_token(account, grant, now)
    db.session().flush()
    audit.record(user, "account.connected" if is_new else "account.reconnected", f"@{account.username}", now)
    return account


def held(account_id: int) -> Account | None:
    """Return an account as it is now; its token stays as it is until this transaction ends."""
    account = db.session().get(Account, account_id)
    return _locked(account) if account is not None else None


def renew_token(account: Account, grant: Grant, now: datetime) -> None:
    """Replace the token; an account that was out of use is in use again, and what waited for that goes out."""
    was_out_of_use = account.state != AccountState.CONNECTED
    account.state, account.refused_reason = AccountState.CONNECTED, None
    account.token_encrypted, account.token_expires_at = grant.token_encrypted, grant.expires_at
    account.token_refreshed_at = now
    account.permissions = list(grant.permissions) if grant.permissions is not None else account.permissions
    if was_out_of_use:
        _let_sends_go(account, now)
    _ring(account)


def record_subscription(account: Account, fields: Sequence[str], problem: str | None, now: datetime) -> None:
    """Remember which events Instagram tells us of, and what is wrong with that, in words (L8)."""
    account.subscribed_fields, account.subscription_problem = sorted(fields), problem
    account.subscription_checked_at = now
    _ring(account)


def refuse(account: Account, reason: str, now: datetime, code: str | None = None) -> None:
    """Meta does not accept the token any more: sends wait, inbound goes on, administrators are told (SPEC 1.2).

    Only where the account still has the token that it had when it was looked at: who connects it anew is not undone.
    """
    is_same = sa.and_(Account.id == account.id, Account.token_encrypted == account.token_encrypted)
    marking = sa.update(Account).where(is_same, Account.state == AccountState.CONNECTED)
    if not db.change(marking.values(state=AccountState.REFUSED, refused_reason=reason)):
        return
    db.session().refresh(account, ["state", "refused_reason"])
    audit.record(None, "account.refused", f"@{account.username}", now, code=code)
    _ring(account)


def rest(account: Account, until: datetime, usage: dict[str, Any] | None = None) -> None:
    """Make no call for the account until then: Meta's rate limit (SPEC 6.10)."""
    account.throttled_until = max(until, account.throttled_until or until)
    account.usage = usage or account.usage
    _ring(account)


def note_usage(account: Account, percent: int, now: datetime) -> None:
    """Remember how much of Meta's allowance is used; only a change worth a look is written down."""
    known = (account.usage or {}).get("percent", 0)
    if abs(percent - known) >= USAGE_STEP or (percent >= HEAVY_USE and not is_busy(account, now)):
        account.usage = {"percent": percent, "at": now.isoformat()}


def is_busy(account: Account, now: datetime) -> bool:
    """Whether background calls must rest for the account: near or over Meta's limits (META 10)."""
    if account.throttled_until is not None and account.throttled_until > now:
        return True
    usage = account.usage or {}
    noted_at = datetime.fromisoformat(usage["at"]) if "at" in usage else None
    is_fresh = noted_at is not None and now - noted_at < utc.minutes(USAGE_MINUTES)
    return is_fresh and usage.get("percent", 0) >= HEAVY_USE


def disconnect(account: Account, now: datetime, user: User | None = None) -> None:
    """Take it out of use: the token is destroyed, history stays, nothing is sent any more (SPEC 1.4)."""
    if account.state == AccountState.DISCONNECTED:
        return
    account.state, account.token_encrypted, account.disconnected_at = AccountState.DISCONNECTED, None, now
    account.refused_reason = account.subscription_problem = account.token_expires_at = None
    account.subscribed_fields = None
    audit.record(user, "account.disconnected", f"@{account.username}", now)
    _ring(account)


def _locked(account: Account) -> Account:
    db.session().refresh(account, with_for_update={"of": Account})
    return account


def _new(facts: Facts, now: datetime) -> Account:
    inbox = db.session().scalars(sa.select(Inbox).order_by(Inbox.is_default.desc(), Inbox.id).limit(1)).one()
    account = Account(ig_user_id=facts.ig_user_id, username=facts.username, inbox=inbox, connected_at=now)
    db.session().add(account)
    return account


def _let_sends_go(account: Account, now: datetime) -> None:
    if account.id is not None:
        waiting = sa.update(Send).where(Send.account_id == account.id, Send.state == SendState.WAITING)
        db.change(waiting.values(next_try_at=now))


def _ring(account: Account) -> None:
    if account.id is not None:
        bell.ring(f"account:{account.id}")
