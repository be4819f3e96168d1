"""Everything about one customer's current matter: finding, locking, opening and reopening it, and whose it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased, lazyload

from igapp import bell, db, utc
from igapp.background import later
from igapp.desk import capacity, memory, sessions, settings, timeline
from igapp.models import Account, Conversation, Customer, Identity, MessagingSession, Status, User

IS_CLOSED = Conversation.status == db.written(Conversation.status, Status.CLOSED)
_NEWEST = (Conversation.closed_at.desc(), Conversation.id.desc())


def current(customer: Customer) -> Conversation | None:
    """Return the customer's conversation that is not closed, locked for this transaction."""
    found: Conversation | None = memory.recall("conversation", customer)
    if found is memory.MISSING:
        found = db.session().scalar(locked(_of(customer).where(~IS_CLOSED)))
        memory.remember("conversation", customer, found)
    return found


def last(customer: Customer) -> Conversation | None:
    """Return the conversation that the customer's former matter was, locked."""
    found: Conversation | None = memory.recall("closed conversation", customer)
    if found is memory.MISSING:
        found = db.session().scalar(locked(_of(customer).where(IS_CLOSED).order_by(*_NEWEST).limit(1)))
        memory.remember("closed conversation", customer, found)
    return found


def lock(conversation: Conversation) -> Conversation:
    """Lock a conversation and read it again, before anything about it is decided; one that is new is written first."""
    if conversation.id is None:
        db.session().flush()
    return lock_by_id(conversation.id)


def lock_by_id(conversation_id: int) -> Conversation:
    """Like lock(), for one that need not have been read before; Conflict where a merge took it away."""
    found = db.session().scalar(locked(sa.select(Conversation).where(Conversation.id == conversation_id)))
    if found is None:
        raise db.Conflict
    return found


def locked(wanted: sa.Select[Conversation]) -> sa.Select[Conversation]:
    """Return the query with a row lock (SQLite's transactions lock everything anyway)."""
    return wanted.with_for_update(of=Conversation).execution_options(populate_existing=True)


def prefetch(customer_ids: set[int]) -> None:
    """Lock and remember the current or last conversations of many known customers, in the order of their ids."""
    other = aliased(Conversation)
    newest = (
        sa.select(other.id)
        .where(other.customer_id == Customer.id)
        .order_by(other.closed_at.is_(None).desc(), other.closed_at.desc(), other.id.desc())
        .limit(1)
        .correlate(Customer)
        .scalar_subquery()
    )
    ids = sa.select(newest).where(Customer.id.in_(customer_ids))
    are_here = (lazyload(Conversation.customer), lazyload(Conversation.inbox))
    wanted = sa.select(Conversation).where(Conversation.id.in_(ids)).order_by(Conversation.id).options(*are_here)
    found = {one.customer_id: one for one in db.session().scalars(locked(wanted))} if customer_ids else {}
    for customer_id in customer_ids:
        _remember(db.session().get_one(Customer, customer_id), found.get(customer_id))


def forget_current(conversation: Conversation) -> None:
    """It was closed: the customer has no current conversation any more."""
    _remember(conversation.customer, conversation)


def remember_none(customer: Customer) -> None:
    """Remember that a customer who was just welcomed has no conversation."""
    _remember(customer, None)


def find_or_open(identity: Identity, account: Account, now: datetime) -> Conversation:
    """Return the customer's current conversation; a recently closed one is reopened, else a new one is opened."""
    found = current(identity.customer)
    if found is not None:
        if not found.open_sessions:
            _wait_again(found, account, now)
        return found
    conversation = _reopen(identity, account, now) or _open(identity, account, now)
    memory.remember("conversation", identity.customer, conversation)
    return conversation


def open_closed(identity: Identity, account: Account, at: datetime) -> Conversation:
    """Return a new conversation that is closed already, for what needs no answer and has no other place."""
    conversation = _open(identity, account, at)
    conversation.closed_at, conversation.status = at, Status.CLOSED
    _remember(identity.customer, conversation)
    return conversation


@contextmanager
def changing(conversation: Conversation, is_place_taken: bool = False) -> Iterator[Conversation]:
    """Around any change of a conversation's agent or sessions: restates status and due time, moves the place."""
    before, first, status = _holder(conversation), next(iter(conversation.open_sessions), None), conversation.status
    yield conversation
    _follow_first_session(conversation, first)
    restate(conversation)
    if conversation.status != status:
        bell.ring("inboxes")
    after = _holder(conversation)
    if before != after:
        if before is not None:
            capacity.free(before)
        if after is not None and not is_place_taken:
            capacity.take(after)
    timeline.changed(conversation)


def restate(conversation: Conversation) -> None:
    """Derive status, due time and attention from the agent and the sessions (SPEC 11.1, 11.6)."""
    still_open = conversation.open_sessions
    dues = [session.due_at for session in still_open if session.due_at is not None]
    conversation.due_at = min(dues, default=None)
    conversation.sort_due_at = conversation.due_at or utc.FAR_FUTURE
    conversation.needs_attention = any(session.unanswered_at is not None for session in still_open)
    if conversation.closed_at is not None:
        conversation.status = Status.CLOSED
    elif not still_open:
        conversation.status = Status.WAITING
    else:
        conversation.status = Status.OPEN if conversation.agent_id is not None else Status.NEW


def assign(conversation: Conversation, agent: User, now: datetime, is_place_taken: bool = False) -> None:
    """Give the conversation to an agent; whether they have room was asked before, when their place was taken."""
    with changing(conversation, is_place_taken):
        conversation.agent_id = conversation.last_agent_id = agent.id
        conversation.kept_for_id = None
        sessions.start_silence(conversation, now)
    bell.ring("waiting")


def unassign(conversation: Conversation, now: datetime) -> None:
    """Take the conversation from its agent; what is open in it waits in the queue of its inbox again."""
    was = conversation.agent_id
    with changing(conversation):
        conversation.agent_id = conversation.kept_for_id = conversation.knocked_at = None
        conversation.arrived_at = now
        sessions.stop_silence(conversation)
    if was is not None:
        bell.ring(f"desk:{was}")
    if conversation.status == Status.NEW:
        look_for_agent()


def look_for_agent() -> None:
    """Let routing and the waiting bubbles know, after the commit, that something waits."""
    later("route")
    bell.ring("waiting")


def ring_desks(customer: Customer) -> None:
    """Let whoever has the customer, or is asked to take them, see what changed about them: in lists and banners."""
    who = sa.select(Conversation.agent_id, Conversation.offered_to_id)
    for row in db.session().execute(who.where(Conversation.customer_id == customer.id, ~IS_CLOSED)):
        for user_id in set(row) - {None}:
            bell.ring(f"desk:{user_id}")


def _of(customer: Customer) -> sa.Select[Conversation]:
    return sa.select(Conversation).where(Conversation.customer_id == customer.id)


def _remember(customer: Customer, newest: Conversation | None) -> None:
    is_open = newest is not None and newest.closed_at is None
    memory.remember("conversation", customer, newest if is_open else None)
    if is_open:
        memory.forget("closed conversation", customer)
    else:
        memory.remember("closed conversation", customer, newest)


def _holder(conversation: Conversation) -> int | None:
    return conversation.agent_id if conversation.status == Status.OPEN else None


def _follow_first_session(conversation: Conversation, was: MessagingSession | None) -> None:
    """The inbox is that of the first open session: it moves when that one ends before others (SPEC 5.14)."""
    first = next(iter(conversation.open_sessions), None)
    if was is not None and first is not None and not was.is_open:
        conversation.inbox = first.identity.account.inbox
        conversation.inbox_id = conversation.inbox.id


def _wait_again(conversation: Conversation, account: Account, now: datetime) -> None:
    """A waiting conversation gets new work: its agent is cleared, but may come first (SPEC 5.8, 7.2)."""
    timeline.changed(conversation)  # goes from the list of whoever had it
    conversation.kept_for_id = _kept_for(conversation, now)
    conversation.agent_id = conversation.knocked_at = None
    conversation.arrived_at, conversation.inbox_id, conversation.inbox = now, account.inbox_id, account.inbox


def _open(identity: Identity, account: Account, now: datetime) -> Conversation:
    _refuse_merged(identity.customer)
    conversation = Conversation(
        customer=identity.customer,
        inbox=account.inbox,
        opened_at=now,
        arrived_at=now,
        status=Status.NEW,
        sessions=[],
        sort_due_at=utc.FAR_FUTURE,
    )
    former = last(identity.customer)
    conversation.kept_for_id = _kept_for(former, now) if former is not None else None
    db.session().add(conversation)
    return conversation


def _refuse_merged(customer: Customer) -> None:
    """A customer who is merged into another while this transaction runs gets no conversation any more."""
    if not sa.inspect(customer).persistent or memory.recall("held", customer) is True:
        return
    held = sa.select(Customer.merged_into_id).where(Customer.id == customer.id)
    if db.session().scalar(held.with_for_update(read=True, key_share=True)) is not None:
        raise db.Conflict
    memory.remember("held", customer, True)


def _reopen(identity: Identity, account: Account, now: datetime) -> Conversation | None:
    window = utc.hours(settings.workflow().reopen_hours)
    found = last(identity.customer)
    if found is None or found.closed_at is None or now - found.closed_at >= window:
        return None
    found.closed_at = found.closed_by_id = None
    _wait_again(found, account, now)
    restate(found)
    timeline.event(found, "Reopened", now)
    return found


def _kept_for(conversation: Conversation, now: datetime) -> int | None:
    limit = utc.minutes(settings.workflow().same_agent_minutes)
    is_recent = conversation.last_reply_at is not None and now - conversation.last_reply_at < limit
    return conversation.last_agent_id if is_recent else None
