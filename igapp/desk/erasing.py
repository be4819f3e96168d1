"""The work of an erasure, in slices: first what was said, then who said it, then what the ledger has of it."""

import json
from collections import Counter
from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from igapp import db
from igapp.desk import closing, conversations, memory, sessions, wiping
from igapp.models import (
    Account,
    Conversation,
    Customer,
    Draft,
    Erasure,
    ErasureKind,
    ErasureState,
    Event,
    Identity,
    Item,
    MessagingSession,
    Post,
    Send,
    Status,
)
from igapp.vault import vault


def advance(erasure_id: int, now: datetime) -> bool:
    """Do one slice of an erasure; returns whether more remains. Commit, then call again."""
    locked = sa.select(Erasure).where(Erasure.id == erasure_id).with_for_update(of=Erasure)
    erasure = db.session().scalar(locked.execution_options(populate_existing=True))
    if erasure is None or erasure.state != ErasureState.RUNNING:
        return False
    slice_of = _slice_of_customer if erasure.kind == ErasureKind.CUSTOMER else _slice_of_account
    gone = slice_of(erasure, now)
    erasure.counts = dict(Counter(erasure.counts) + gone)
    if not gone:
        erasure.state, erasure.ended_at, erasure.sealed = ErasureState.DONE, now, None
    return bool(gone)


def close(customer: Customer, now: datetime) -> None:
    """Nobody holds the customer any more, and nothing more is sent to them."""
    conversation = conversations.current(customer)
    if conversation is not None and conversation.status != Status.CLOSED:
        closing.close(conversation, None, now, is_forced=True)
        db.session().flush()
    memory.forget_all()


def all_ids(customer: Customer) -> Collection[int]:
    """Return the customer's number and those of the profiles that were merged into it."""
    merged = db.session().scalars(sa.select(Customer.id).where(Customer.merged_into_id == customer.id))
    return [customer.id, *merged]


def _slice_of_customer(erasure: Erasure, now: datetime) -> Counter[str]:
    customer = db.session().get(Customer, erasure.customer_id) if erasure.customer_id else None
    gone = _slice_of(customer) if customer is not None else Counter()
    return gone or _slice_of_events(erasure, now)


def _slice_of(customer: Customer) -> Counter[str]:
    ids = all_ids(customer)
    return (
        wiping.items(Item.customer_id.in_(ids))
        or wiping.conversations(Conversation.customer_id.in_(ids))
        or wiping.uploads(ids)
        or wiping.details(ids)
        or wiping.customers(ids)
    )


def _slice_of_events(erasure: Erasure, now: datetime) -> Counter[str]:
    """Blank what the ledger has of the person, told by account and Instagram-scoped id; what they wrote later stays."""
    is_former = sa.or_(Event.at <= erasure.asked_at, Event.received_at <= erasure.asked_at)
    for account_id, igsid in _named(erasure):
        account = db.session().get(Account, account_id)
        platform_ids = account.platform_ids if account else set()
        is_theirs = sa.and_(Event.igsid == igsid, Event.platform_account_id.in_(platform_ids))
        gone = wiping.events(sa.and_(is_theirs, is_former), now)
        if gone:
            return gone
    return Counter()


def _slice_of_account(erasure: Erasure, now: datetime) -> Counter[str]:
    wanted = sa.select(Identity).where(Identity.account_id == erasure.account_id).order_by(Identity.id).limit(1)
    identity = db.session().scalar(wanted)
    if identity is not None:
        return _slice_of_identity(identity, now)
    posts = wiping.rows(Post, Post.account_id == erasure.account_id)
    if posts:
        return Counter(posts=posts)
    named = Event.platform_account_id.in_([platform_id for _, platform_id in _named(erasure)])
    return wiping.events(sa.and_(named, Event.received_at <= erasure.asked_at), now)


def _slice_of_identity(identity: Identity, now: datetime) -> Counter[str]:
    """Take away what came through one account; whoever is known by no other account goes altogether."""
    customer = identity.customer
    others = sa.select(Identity.id).where(
        Identity.customer_id == customer.id, Identity.account_id != identity.account_id
    )
    if db.session().scalar(others.limit(1)) is None:
        close(customer, now)
        return _slice_of(customer)
    _end_sessions(identity, now)
    gone = wiping.items(Item.identity_id == identity.id)
    if gone:
        return gone
    gone = Counter(sends=wiping.rows(Send, Send.identity_id == identity.id))
    gone["drafts"] = wiping.rows(Draft, Draft.customer_id == customer.id)
    gone["sessions"] = wiping.rows(MessagingSession, MessagingSession.identity_id == identity.id)
    if +gone:
        return +gone
    wiping.snapshots(all_ids(customer), identity.account_id)
    db.session().delete(identity)
    return Counter(identities=1)


def _end_sessions(identity: Identity, now: datetime) -> None:
    conversation = conversations.current(identity.customer)
    if conversation is None or all(one.identity_id != identity.id for one in conversation.open_sessions):
        return
    with conversations.changing(conversation):
        for session in conversation.open_sessions:
            if session.identity_id == identity.id:
                sessions.end(session, "erased", now)


def _named(erasure: Erasure) -> list[tuple[int, str]]:
    return [(account_id, name) for account_id, name in json.loads(vault().open(erasure.sealed or ""))]
