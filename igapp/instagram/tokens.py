"""Access tokens: sealed at rest, opened for a call, never shown or logged (SPEC 1.2)."""

from datetime import datetime

from igapp import db
from igapp.desk import connections
from igapp.instagram import errors
from igapp.models import Account
from igapp.vault import Unopenable, vault


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
