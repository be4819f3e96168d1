"""Links for one use, by which somebody chooses a password: an invitation, or a reset (SPEC 12.2)."""

import hashlib
import secrets
from datetime import datetime

import sqlalchemy as sa

from igapp import db, utc
from igapp.desk import users
from igapp.desk.refusal import Refused
from igapp.models import EntryLink, LinkPurpose, User

LINK_HOURS = 24
"""How long a link may be used."""
TOKEN_BYTES = 32
"""Of chance in a link: beyond all guessing."""

GONE = "This link is not valid any more. Ask an administrator for another."


def make(user: User, purpose: LinkPurpose, by: User | None, now: datetime) -> str:
    """Make a link for the user, in place of any that was still valid; returns what its address carries."""
    end(user, now)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = EntryLink(
        user_id=user.id,
        purpose=purpose,
        token_hash=_hash(token),
        made_by_id=by.id if by else None,
        made_at=now,
        expires_at=now + utc.hours(LINK_HOURS),
    )
    db.session().add(link)
    db.session().flush()
    return token


def find(token: str, now: datetime) -> EntryLink | None:
    """Return the link that may still be used with this token."""
    wanted = sa.select(EntryLink).where(
        EntryLink.token_hash == _hash(token), EntryLink.ended_at.is_(None), EntryLink.expires_at > now
    )
    link = db.session().scalar(wanted)
    return link if link is not None and link.user.is_active else None


def use(token: str, password: str, now: datetime) -> User:
    """Set the password that the link's owner has chosen; of two at once one wins. Raises Refused."""
    link = find(token, now)
    if link is None:
        raise Refused(GONE)
    users.set_password(link.user, password)
    statement = sa.update(EntryLink).where(EntryLink.id == link.id, EntryLink.ended_at.is_(None))
    if not db.change(statement.values(ended_at=now)):
        raise Refused(GONE)
    return link.user


def end(user: User, now: datetime) -> None:
    """Make the user's link invalid."""
    statement = sa.update(EntryLink).where(EntryLink.user_id == user.id, EntryLink.ended_at.is_(None))
    db.change(statement.values(ended_at=now))


def valid(now: datetime) -> dict[int, EntryLink]:
    """Return the links that may still be used, by user."""
    wanted = sa.select(EntryLink).where(EntryLink.ended_at.is_(None), EntryLink.expires_at > now)
    return {link.user_id: link for link in db.session().scalars(wanted)}


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
