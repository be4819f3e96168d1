"""Inboxes: queues with members and an SLA; what administrators do with them (SPEC 11.1, 12.2)."""

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa

from igapp import bell, db
from igapp.background import later
from igapp.desk import audit, names
from igapp.desk.refusal import Refused
from igapp.models import Account, Conversation, Inbox, InboxMember, User, Wait

NAME_LIMIT = 60
"""Characters of an inbox's name."""
LONGEST_SLA_MINUTES = 43_200
"""30 days."""


def everyone() -> Sequence[Inbox]:
    """Return all inboxes, by name."""
    return db.session().scalars(sa.select(Inbox).order_by(Inbox.name)).all()


def find(inbox_id: int) -> Inbox | None:
    """Return an inbox by number."""
    return db.session().get(Inbox, inbox_id)


def member_ids(inbox: Inbox) -> set[int]:
    """Return who receives the inbox's work."""
    return set(db.session().scalars(sa.select(InboxMember.user_id).where(InboxMember.inbox_id == inbox.id)))


def member_counts() -> dict[int, int]:
    """Return how many active people each inbox has."""
    members = sa.select(InboxMember.inbox_id, sa.func.count()).join(User, User.id == InboxMember.user_id)
    rows = db.session().execute(members.where(User.is_active).group_by(InboxMember.inbox_id))
    return {row[0]: row[1] for row in rows}


def accounts_of() -> dict[int, list[Account]]:
    """Return the accounts that route to each inbox."""
    found: dict[int, list[Account]] = {}
    for account in db.session().scalars(sa.select(Account).order_by(Account.username)):
        found.setdefault(account.inbox_id, []).append(account)
    return found


def create(name: str, sla_minutes: int, members: Collection[int], by: User, now: datetime) -> Inbox:
    """Make an inbox; raises Refused."""
    db.take_turn("inboxes")
    inbox = Inbox(name=_checked_name(name), sla_minutes=_checked_sla(sla_minutes))
    db.session().add(inbox)
    db.session().flush()
    audit.record(by, "inbox.created", inbox.name, now, sla_minutes=sla_minutes)
    _set_members(inbox, set(members), by, now)
    return inbox


def change(
    inbox: Inbox,
    name: str,
    sla_minutes: int,
    members: Collection[int],
    by: User,
    now: datetime,
    shown: Collection[int] | None = None,
) -> None:
    """Change name, SLA and members; running due times stay. Raises Refused.

    `shown` are the members whom `by` saw: whoever joined or left since then stays as they are now.
    Without it, `members` are all the active members that the inbox is to have.
    """
    db.take_turn("inboxes")
    before = {"name": inbox.name, "sla_minutes": inbox.sla_minutes}
    after = {"name": _checked_name(name, inbox), "sla_minutes": _checked_sla(sla_minutes)}
    if before != after:
        inbox.name, inbox.sla_minutes = str(after["name"]), sla_minutes
        audit.record(by, "inbox.changed", str(before["name"]), now, before=before, after=after)
    _set_members(inbox, set(members), by, now, _active(member_ids(inbox)) if shown is None else shown)


def delete(inbox: Inbox, by: User, now: datetime) -> None:
    """Remove an inbox that nothing hangs on; raises Refused with what does."""
    if inbox.is_default:
        raise Refused(f"{inbox.name} is where new users and accounts belong, so it stays.")
    accounts = accounts_of().get(inbox.id, [])
    if accounts:
        named = ", ".join(f"@{account.username}" for account in accounts)
        raise Refused(f"{named} route to {inbox.name}. Choose another inbox for them first.")
    used = sa.select(Conversation.id).where(Conversation.inbox_id == inbox.id).limit(1)
    if db.session().scalar(used) is not None:
        raise Refused(f"{inbox.name} has conversations, open or closed; it stays for their history.")
    reported = sa.select(Wait.id).where(Wait.inbox_id == inbox.id).limit(1)
    if db.session().scalar(reported) is not None:
        raise Refused(f"Reports have answers of {inbox.name}; it stays for them.")
    audit.record(by, "inbox.deleted", inbox.name, now)
    db.change(sa.delete(InboxMember).where(InboxMember.inbox_id == inbox.id))
    db.session().delete(inbox)


def _set_members(inbox: Inbox, wanted: set[int], by: User, now: datetime, seen: Collection[int] = ()) -> None:
    before = member_ids(inbox)
    gone = before & set(seen) - wanted
    new = set(db.session().scalars(sa.select(User.id).where(User.id.in_(wanted - before - set(seen)))))
    if not gone and not new:
        return
    db.change(sa.delete(InboxMember).where(InboxMember.inbox_id == inbox.id, InboxMember.user_id.in_(gone)))
    db.session().add_all(InboxMember(inbox_id=inbox.id, user_id=user_id) for user_id in sorted(new))
    audit.record(by, "inbox.members_changed", inbox.name, now, joined=_emails(new), left=_emails(gone))
    for user_id in gone | new:
        bell.ring(f"desk:{user_id}")
    later("route")


def _emails(user_ids: set[int]) -> list[str]:
    return list(db.session().scalars(sa.select(User.email).where(User.id.in_(user_ids)).order_by(User.email)))


def _active(user_ids: set[int]) -> set[int]:
    return set(db.session().scalars(sa.select(User.id).where(User.id.in_(user_ids), User.is_active)))


def _checked_name(name: str, inbox: Inbox | None = None) -> str:
    words = " ".join(name.split())
    if not words or len(words) > NAME_LIMIT:
        raise Refused(f"An inbox needs a name of 1 to {NAME_LIMIT} characters.", "name")
    others = db.session().execute(sa.select(Inbox.id, Inbox.name))
    same = [other for number, other in others if names.are_same(other, words) and (not inbox or number != inbox.id)]
    if same:
        raise Refused(f"There is an inbox “{same[0]}” already.", "name")
    return words


def _checked_sla(minutes: int) -> int:
    if not 1 <= minutes <= LONGEST_SLA_MINUTES:
        raise Refused(f"The SLA must be from 1 to {LONGEST_SLA_MINUTES} minutes.", "sla_minutes")
    return minutes
