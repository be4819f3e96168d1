"""Access tokens: sealed at rest, opened for a call, never shown or logged (SPEC 1.2)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from igapp import db
from igapp.desk import connections
from igapp.instagram import errors
from igapp.instagram import tolerant as read
from igapp.models import Account
from igapp.vault import Unopenable, vault

LONGEST_SECONDS = 366 * 86_400
"""So long a token is believed to live at most; Meta's long ones live for 60 days."""


class Token(str):
    """An account's token, taken out for a call: what Meta answers to it holds for no other token of the account."""

    __slots__ = ("account_id", "sealed")
    account_id: int
    sealed: str

    def is_in_use(self, account: Account) -> bool:
        """Whether the account still has this token."""
        return account.token_encrypted == self.sealed


def sealed(token: str) -> str:
    """Return the token as it is stored."""
    return vault().seal(token)


def lives(answer: Mapping[str, Any]) -> int | None:
    """Return for how many seconds an answer says that its token lives, or None."""
    return read.span(answer.get("expires_in"), LONGEST_SECONDS)


def of(account: Account) -> Token | None:
    """Return an account's token; None where there is none, or no key of ours opens it."""
    if account.token_encrypted is None:
        return None
    try:
        token = Token(vault().open(account.token_encrypted))
    except Unopenable:
        return None
    token.account_id, token.sealed = account.id, account.token_encrypted
    return token


def is_unreadable(account: Account) -> bool:
    """Whether an account has a token that no key of ours opens: it is to be connected again."""
    return account.may_send and of(account) is None


def note_refusal(token: Token, error: errors.CallFailed, now: datetime) -> None:
    """Where Meta refuses a call's token its account counts as refused, unless it has another token by now.

    Where it takes no more calls just now, background work rests (META 10).
    """
    says_something = isinstance(error, errors.TokenRefused | errors.Throttled)
    account = db.session().get(Account, token.account_id) if says_something else None
    if account is None:
        return
    if isinstance(error, errors.Throttled):
        connections.note_usage(account, connections.ALL_USED, now)
    elif token.is_in_use(account):
        connections.refuse(account, connections.REFUSED, now, error.code)
