"""Access tokens: sealed at rest, opened for a call, never shown or logged (SPEC 1.2)."""

from igapp.models import Account
from igapp.vault import Unopenable, vault


def sealed(token: str) -> str:
    """Return the token as it is stored."""
    return vault().seal(token)


def of(account: Account) -> str | None:
    """Return an account's token; None where there is none, or no key of ours opens it."""
    if account.token_encrypted is None:
        return None
    try:
        return vault().open(account.token_encrypted)
    except Unopenable:
        return None
