"""The people who sign in: who they are, how their passwords are kept and checked."""

import re
from collections.abc import Iterable
from datetime import datetime
from functools import cache

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from igapp import bell
from igapp.db import session
from igapp.desk import audit
from igapp.desk.refusal import Refused
from igapp.models import Agent, Inbox, InboxMember, Role, User

EMAIL_LIMIT = 254
"""Characters of an email address (RFC 5321)."""
PASSWORD_MIN_LENGTH = 8
"""Characters, of a password that people choose for themselves (NIST SP 800-63B)."""
PASSWORD_MAX_LENGTH = 1024
"""Characters; hashing longer ones would let a stranger burn our time."""

_hasher = PasswordHasher()
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")


def authenticate(email: str, password: str, now: datetime) -> User | None:
    """Return the active user whose email and password these are; takes as long when there is none."""
    user = find(email)
    is_right = _is_right(user.password_hash if user else None, password)
    if user is None or not is_right or not user.is_active:
        return None
    if user.password_hash and _hasher.check_needs_rehash(user.password_hash):
        user.password_hash = _hasher.hash(password)
    user.last_sign_in_at = now
    return user


def find(email: str) -> User | None:
    """Return the user with that email, whatever its case."""
    return session().scalar(sa.select(User).where(User.email == _normal(email)))


def load(user_id: int) -> User | None:
    """Return a user by number."""
    return session().get(User, user_id)


def create(
    email: str, name: str, role: Role, password: str, now: datetime, inboxes: Iterable[Inbox] | None = None
) -> User:
    """Make a user who may sign in at once, a member of the inboxes given, or else of every inbox.

    The operator answers for the password, so any will do. Raises Refused where the email is taken or
    malformed, or the name or the password blank.
    """
    if not password:
        raise Refused("A password is needed.")
    members = list(inboxes) if inboxes is not None else list(session().scalars(sa.select(Inbox)))
    user = welcome(email, name, role, _hasher.hash(password), now, members)
    audit.record(None, "user.created", user.email, now, role=role)
    return user


def welcome(
    email: str, name: str, role: Role, password_hash: str | None, now: datetime, inboxes: Iterable[Inbox]
) -> User:
    """Make a user, a member of these inboxes; without a password nobody can sign in as them yet."""
    _check(email, name)
    user = User(email=_normal(email), name=name.strip(), role=role, password_hash=password_hash, created_at=now)
    user.agent = Agent()
    session().add(user)
    session().flush()
    session().add_all(InboxMember(inbox_id=inbox.id, user_id=user.id) for inbox in inboxes)
    session().flush()
    return user


def set_password(user: User, password: str) -> None:
    """Change a password and sign its owner out everywhere; raises Refused when it is too short or too long."""
    _check_password(password)
    user.password_hash = _hasher.hash(password)
    sign_out_everywhere(user)


def sign_out_everywhere(user: User) -> None:
    """Make every session of the user that exists invalid."""
    user.sign_in_epoch += 1
    if user.id is not None:
        bell.ring(bell.signed_out(user.id))


def _check(email: str, name: str) -> None:
    if len(email) > EMAIL_LIMIT or not _EMAIL.fullmatch(email.strip()):
        raise Refused("An email address is needed, such as bo@example.com.", "email")
    if not name.strip():
        raise Refused("A name is needed.", "name")
    if find(email):
        raise Refused("There is a user with this email address already.", "email")


def _check_password(password: str) -> None:
    if not PASSWORD_MIN_LENGTH <= len(password) <= PASSWORD_MAX_LENGTH:
        most = f"{PASSWORD_MAX_LENGTH:,}"
        raise Refused(f"A password of at least {PASSWORD_MIN_LENGTH} and at most {most} characters is needed.")


def _is_right(password_hash: str | None, password: str) -> bool:
    try:
        _hasher.verify(password_hash or _nobodys_hash(), password[:PASSWORD_MAX_LENGTH])
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


@cache
def _nobodys_hash() -> str:
    return _hasher.hash("nobody has this password")


def _normal(email: str) -> str:
    return email.strip().lower()
