"""The company's Instagram accounts: what each lets in, where its work goes; connecting is Meta's door's affair."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from igapp import bell, db
from igapp.desk import audit
from igapp.desk.refusal import Refused
from igapp.models import Account, AccountState, Inbox, LinkFormat, User

LONGEST_SLA_MINUTES = 43_200
"""30 days."""

CHANGEABLE = (
    "is_dm_on", "is_comments_on", "is_story_mentions_on", "is_echo_on", "inbox_id", "sla_minutes", "link_format",
)  # fmt: skip
"""What an administrator may change of an account."""


def find(account_id: int) -> Account | None:
    """Return an account by number."""
    return db.session().get(Account, account_id)


def everyone() -> Sequence[Account]:
    """Return all accounts, by username."""
    return db.session().scalars(sa.select(Account).order_by(Account.username)).all()


def has_any() -> bool:
    """Whether an account is in use: without one nothing arrives."""
    in_use = sa.select(Account.id).where(Account.state != AccountState.DISCONNECTED).limit(1)
    return db.session().scalar(in_use) is not None


def inboxes() -> Sequence[Inbox]:
    """Return all inboxes, by name."""
    return db.session().scalars(sa.select(Inbox).order_by(Inbox.name)).all()


def change(account: Account, user: User, now: datetime, **values: Any) -> None:
    """Change settings of an account; takes effect for what arrives after it. Refused where a value cannot be."""
    _check(values)
    for name, value in values.items():
        before = getattr(account, name)
        if before != value:
            setattr(account, name, value)
            told = {"before": _told(name, before), "after": _told(name, value)}
            audit.record(user, "account.changed", f"@{account.username}", now, setting=name.removesuffix("_id"), **told)
    bell.ring(f"account:{account.id}")


def _told(name: str, value: Any) -> Any:
    """Return a value as the audit log says it: inboxes by their names."""
    return db.session().get_one(Inbox, value).name if name == "inbox_id" else value


def _check(values: dict[str, Any]) -> None:
    unknown = set(values) - set(CHANGEABLE)
    if unknown:
        raise ValueError(f"No settings of an account: {unknown}")
    minutes = values.get("sla_minutes")
    if minutes is not None and not 1 <= minutes <= LONGEST_SLA_MINUTES:
        raise Refused(
            f"The SLA must be from 1 to {LONGEST_SLA_MINUTES} minutes, or blank for the inbox's.", "sla_minutes"
        )
    if "link_format" in values and values["link_format"] not in list(LinkFormat):
        raise Refused("Choose how links look.", "link_format")
    if "inbox_id" in values and db.session().get(Inbox, values["inbox_id"]) is None:
        raise Refused("Choose an inbox.", "inbox_id")
