"""What a profile page shows beside the timeline: who the customer is, what they said before, and whose it was.

Everything here only reads, with a constant number of queries.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, lazyload, load_only, selectinload

from igapp import db
from igapp.desk import timeline
from igapp.models import (
    Account,
    ContactPoint,
    Conversation,
    Customer,
    CustomerDetail,
    Identity,
    Item,
    ItemKind,
    MessagingSession,
    User,
)

EARLIER_SHOWN = 10
"""How many earlier conversations a profile lists."""


IS_COMMENT = Item.kind == db.written(Item.kind, ItemKind.COMMENT)
WITH_SESSIONS = (lazyload(Conversation.customer), joinedload(Conversation.sessions))
"""With what is open in it, in one query; its customer was loaded before."""
_BRIEFLY = (load_only(Account.username, Account.state), lazyload(Account.inbox))
"""What one must know of an account to say whether it can be reached."""
ALONE = (lazyload(Conversation.customer), lazyload(Conversation.sessions))


@dataclass(frozen=True)
class Details:
    """What is known of a customer besides the timeline."""

    contacts: Sequence[ContactPoint]
    details: Sequence[CustomerDetail]
    earlier: Sequence[Conversation]


def find(customer_id: int, *, is_brief: bool = False) -> Customer | None:
    """Return a customer with the identities by which our accounts know them; briefly with less of the accounts."""
    account = joinedload(Identity.account, innerjoin=False)  # nested, SQLite would first join everybody's
    account = account.options(*_BRIEFLY) if is_brief else account.joinedload(Account.inbox, innerjoin=False)
    known_by = joinedload(Customer.identities).options(lazyload(Identity.customer), account)
    wanted = sa.select(Customer).where(Customer.id == customer_id).options(known_by)
    return db.session().scalars(wanted).unique().one_or_none()


def newest_conversation(customer: Customer) -> Conversation | None:
    """Return the conversation that is open, or else the last one; unlike the verbs it locks nothing."""
    wanted = sa.select(Conversation).where(Conversation.customer_id == customer.id)
    wanted = wanted.order_by(Conversation.closed_at.is_not(None), Conversation.opened_at.desc(), Conversation.id.desc())
    return db.session().scalar(wanted.limit(1).options(joinedload(Conversation.agent), *WITH_SESSIONS))


def details(customer: Customer) -> Details:
    """Return contact details, customer details and earlier conversations."""
    session = db.session()
    closed = sa.select(Conversation).where(Conversation.customer_id == customer.id, Conversation.closed_at.is_not(None))
    return Details(
        session.scalars(sa.select(ContactPoint).where(ContactPoint.customer_id == customer.id)).all(),
        session.scalars(sa.select(CustomerDetail).where(CustomerDetail.customer_id == customer.id)).all(),
        session.scalars(closed.order_by(Conversation.opened_at.desc()).limit(EARLIER_SHOWN).options(*ALONE)).all(),
    )


def identities_of(customer_ids: Iterable[int]) -> dict[int, list[Identity]]:
    """Return the identities of many customers, by customer id."""
    found: dict[int, list[Identity]] = {}
    its_account = joinedload(Identity.account).options(*_BRIEFLY)
    wanted = sa.select(Identity).where(Identity.customer_id.in_(list(customer_ids)))
    for identity in db.session().scalars(wanted.options(lazyload(Identity.customer), its_account)):
        found.setdefault(identity.customer_id, []).append(identity)
    return found


@dataclass(frozen=True)
class Surroundings:
    """What the items of one page lie in."""

    conversations: dict[int, Conversation]
    """By id."""
    closers: dict[int, str]
    """Who closed them, by conversation."""
    waiting: dict[int, datetime]
    """Since when something waits for an answer, by session, of the items' own sessions that are open."""


def surroundings(items: Sequence[Item]) -> Surroundings:
    """Return what the items lie in, in one query: who comments much has many open sessions; a page shows few."""
    known = {item.conversation_id: item.conversation for item in items if "conversation" in item.__dict__}
    ids = {item.conversation_id for item in items} - known.keys()
    if not ids:
        return Surroundings(known, {}, {})
    is_theirs = sa.and_(
        MessagingSession.conversation_id == Conversation.id,
        MessagingSession.id.in_({item.session_id for item in items if item.session_id}),
        MessagingSession.ended_at.is_(None),
    )
    wanted = sa.select(Conversation, MessagingSession.id, MessagingSession.unanswered_at, User.name)
    wanted = wanted.outerjoin(MessagingSession, is_theirs).outerjoin(User, User.id == Conversation.closed_by_id)
    rows = db.session().execute(wanted.where(Conversation.id.in_(ids)).options(*ALONE)).all()
    return Surroundings(
        known | {conversation.id: conversation for conversation, *_ in rows},
        {conversation.id: name for conversation, _, _, name in rows if name},
        {session_id: since for _, session_id, since, _ in rows if since},
    )


def quoted_by(items: Sequence[Item]) -> dict[str, Item]:
    """Return the items that others answer, by the id that they are quoted by."""
    here = {(item.account_id, item.platform_id): item for item in items if item.platform_id}
    named = {(item.account_id, str(item.details["reply_to"])) for item in items if item.details.get("reply_to")}
    found = [here[key] for key in named & here.keys()] + _quoted_elsewhere(named - here.keys())
    return {str(one.platform_id): one for one in found}


def _quoted_elsewhere(named: AbstractSet[tuple[int | None, str]]) -> list[Item]:
    by_account, by_id = (
        Item.account_id.in_({one[0] for one in named}),
        Item.platform_id.in_({one[1] for one in named}),
    )
    wanted = sa.select(Item).where(by_account, by_id).options(*timeline.FOR_PREVIEWS)
    return list(db.session().scalars(wanted).unique()) if named else []


def item_of(customer: Customer, item_id: int) -> Item | None:
    """Return one item of the customer's timeline by number."""
    wanted = sa.select(Item).where(Item.id == item_id, Item.customer_id == customer.id)
    return db.session().scalar(wanted.options(selectinload(Item.actions)))


def newest_comments(customer: Customer, limit: int = 3) -> Sequence[Item]:
    """Return the customer's newest comments, newest first."""
    wanted = sa.select(Item).where(Item.customer_id == customer.id, IS_COMMENT)
    wanted = wanted.order_by(Item.at.desc(), Item.id.desc()).limit(limit)
    return db.session().scalars(wanted.options(selectinload(Item.actions))).all()


def names(user_ids: Iterable[int | None]) -> dict[int, str]:
    """Return the names of users by id."""
    ids = {user_id for user_id in user_ids if user_id is not None}
    rows = db.session().execute(sa.select(User.id, User.name).where(User.id.in_(ids))) if ids else ()
    return {row.id: row.name for row in rows}


def session_of(conversation: Conversation, session_id: int | None) -> MessagingSession | None:
    """Return one of the conversation's open sessions by id."""
    return next((one for one in conversation.open_sessions if one.id == session_id), None)
