"""Who works here: inviting, changing, deactivating people; and what each settles for themselves (SPEC 12.1, 12.2)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from zoneinfo import available_timezones

import sqlalchemy as sa

from igapp import bell, db
from igapp.background import later
from igapp.desk import audit, availability, entry_links, users
from igapp.desk.refusal import Refused
from igapp.models import EntryLink, Inbox, InboxMember, LinkPurpose, Role, User

NAME_LIMIT = 80
"""Characters of a person's name."""


def everyone() -> Sequence[User]:
    """Return all users, those who are active first, by name."""
    return db.session().scalars(sa.select(User).order_by(User.is_active.desc(), User.name, User.id)).unique().all()


def inboxes_of(user_ids: Collection[int]) -> dict[int, list[Inbox]]:
    """Return the inboxes of each user, by name."""
    rows = db.session().execute(
        sa.select(InboxMember.user_id, Inbox)
        .join(Inbox, Inbox.id == InboxMember.inbox_id)
        .where(InboxMember.user_id.in_(user_ids))
        .order_by(Inbox.name)
    )
    found: dict[int, list[Inbox]] = {}
    for user_id, inbox in rows:
        found.setdefault(user_id, []).append(inbox)
    return found


def invite(email: str, name: str, role: Role, inbox_ids: Collection[int], by: User, now: datetime) -> tuple[User, str]:
    """Make a user without a password, and the link by which they choose one; returns both. Raises Refused."""
    inboxes = db.session().scalars(sa.select(Inbox).where(Inbox.id.in_(inbox_ids))).all()
    user = users.welcome(email, _checked_name(name), role, None, now, inboxes)
    audit.record(by, "user.invited", user.email, now, role=role)
    return user, entry_links.make(user, LinkPurpose.INVITATION, by, now)


def make_link(user: User, by: User, now: datetime) -> str:
    """Make a link for whoever has not chosen a password yet, or forgot it; the former one ends."""
    if not user.is_active:
        raise Refused(f"{user.name} is deactivated. Reactivate them first.")
    purpose = LinkPurpose.INVITATION if user.password_hash is None else LinkPurpose.RESET
    audit.record(by, f"user.{purpose}_made", user.email, now)
    return entry_links.make(user, purpose, by, now)


def enter_by_link(token: str, password: str, now: datetime) -> User:
    """Choose a password by a link; raises Refused."""
    user = entry_links.use(token, password, now)
    availability.signed_out(user, now)
    audit.record(user, "user.password_chosen", user.email, now)
    return user


def link_of(user: User, now: datetime) -> EntryLink | None:
    """Return the user's link that may still be used."""
    return entry_links.valid(now).get(user.id)


def change(
    user: User,
    name: str,
    role: Role,
    inbox_ids: Collection[int],
    by: User,
    now: datetime,
    shown: Collection[int] | None = None,
) -> None:
    """Change someone's name, role and inboxes; raises Refused for the last administrator's role.

    `shown` are the inboxes that `by` saw as theirs: what others changed since then stays. Without it,
    `inbox_ids` are all that they are to have.
    """
    if role != user.role:
        _keep_an_administrator(user)
        audit.record(by, "user.role_changed", user.email, now, before=user.role, after=role)
        user.role = role
    _rename(user, name, by, now)
    _move(user, set(inbox_ids), by, now, shown)


def deactivate(user: User, by: User, now: datetime) -> None:
    """Let someone in no more: their work goes back at once, their sessions and links end. Raises Refused."""
    if user.id == by.id:
        raise Refused("You cannot deactivate yourself. Ask another administrator.")
    _keep_an_administrator(user)
    if not db.change(sa.update(User).where(User.id == user.id, User.is_active).values(is_active=False)):
        return
    db.session().refresh(user)
    users.sign_out_everywhere(user)
    entry_links.end(user, now)
    availability.deactivated(user, now)
    audit.record(by, "user.deactivated", user.email, now)
    bell.ring(f"desk:{user.id}")


def reactivate(user: User, by: User, now: datetime) -> None:
    """Let someone in again, with the password they had."""
    if user.is_active:
        return
    user.is_active = True
    audit.record(by, "user.reactivated", user.email, now)


def change_profile(user: User, name: str, time_zone: str, now: datetime) -> None:
    """What everybody settles for themselves; raises Refused."""
    if time_zone not in time_zones():
        raise Refused("Choose a time zone from the list.", "time_zone")
    _rename(user, name, user, now)
    if time_zone != user.time_zone:
        audit.record(user, "user.time_zone_changed", user.email, now, before=user.time_zone, after=time_zone)
        user.time_zone = time_zone


def change_password(user: User, current: str, new: str, now: datetime) -> None:
    """Change one's own password, which signs every session out; raises Refused."""
    if users.authenticate(user.email, current, now) is not user:
        raise Refused("The current password is not right.")
    users.set_password(user, new)
    audit.record(user, "user.password_changed", user.email, now)


def sign_out_everywhere(user: User, now: datetime) -> None:
    """End all of one's own sessions; what is offered goes on to others at once."""
    users.sign_out_everywhere(user)
    availability.signed_out(user, now)
    audit.record(user, "user.signed_out_everywhere", user.email, now)


@cache
def time_zones() -> list[str]:
    """Return the names of all time zones."""
    regions = sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))
    return [*regions, "UTC"]


def _rename(user: User, name: str, by: User, now: datetime) -> None:
    name = _checked_name(name)
    if name != user.name:
        audit.record(by, "user.renamed", user.email, now, before=user.name, after=name)
        user.name = name


def _checked_name(name: str) -> str:
    words = " ".join(name.split())
    if not words or len(words) > NAME_LIMIT:
        raise Refused(f"A name of 1 to {NAME_LIMIT} characters is needed.", "name")
    return words


def _keep_an_administrator(user: User) -> None:
    """Somebody must be able to administer; the rows are locked, so that two cannot demote each other at once."""
    admins = sa.select(User.id).where(User.role == Role.ADMIN, User.is_active).order_by(User.id)
    others = [found for found in db.session().scalars(admins.with_for_update()) if found != user.id]
    if user.role == Role.ADMIN and user.is_active and not others:
        raise Refused("This is the last administrator. Make somebody else one first.", "role")


def _move(user: User, wanted: set[int], by: User, now: datetime, shown: Collection[int] | None) -> None:
    """Let the user leave the inboxes that were shown and are not wanted; what they hold stays theirs."""
    before = {inbox.id: inbox.name for inbox in inboxes_of([user.id]).get(user.id, [])}
    seen = set(before if shown is None else shown)
    gone = before.keys() & seen - wanted
    new = _names(wanted - before.keys() - seen)
    if not gone and not new:
        return
    db.change(sa.delete(InboxMember).where(InboxMember.user_id == user.id, InboxMember.inbox_id.in_(gone)))
    db.session().add_all(InboxMember(inbox_id=inbox_id, user_id=user.id) for inbox_id in sorted(new))
    after = sorted(name for inbox_id, name in (before | new).items() if inbox_id not in gone)
    audit.record(by, "user.inboxes_changed", user.email, now, before=sorted(before.values()), after=after)
    bell.ring(f"desk:{user.id}")
    bell.ring("waiting")
    later("route")


def _names(inbox_ids: set[int]) -> dict[int, str]:
    rows = db.session().execute(sa.select(Inbox.id, Inbox.name).where(Inbox.id.in_(inbox_ids)))
    return {row[0]: row[1] for row in rows}
