"""Long histories and full inboxes, written straight into the tables: what years would have left there."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import sqlalchemy as sa

from igapp import db, utc
from igapp.models import (
    Account,
    Attachment,
    AttachmentKind,
    Channel,
    Conversation,
    Customer,
    Identity,
    Item,
    ItemKind,
    MediaState,
    MessagingSession,
    Send,
    SendKind,
    SendState,
    Status,
    User,
)
from igapp.utc import FAR_FUTURE

ROWS = 5_000
"""Of one INSERT."""
NEWEST = 60
"""Items of a history that lie in the conversation that is open."""
EARLIER = 12
"""Conversations that were closed before it, at least."""
IN_EACH = 500
"""Items of each of them, where there are many."""

HELD = 5
"""Customers with an open session whom the agent of a crowd has."""
STATUSES = (Status.NEW, Status.OPEN, Status.WAITING, Status.CLOSED)

Rows = Iterator[dict[str, Any]]


def history(account: Account, agent: User, number: int, now: datetime) -> int:
    """Write a customer's history of so many items, the newest ones alike in any; returns the customer's number."""
    customer = _customer(account, f"9400{number:010}", "Ana Lima", now)
    conversations = _conversations(customer, account, agent, max(EARLIER, number // IN_EACH) + 1, now)
    session = MessagingSession(
        conversation_id=conversations[-1], identity_id=customer.identities[0].id, account_id=account.id,
        channel=Channel.DM, started_at=now, unanswered_at=now, due_at=now + utc.minutes(60),
    )  # fmt: skip
    db.session().add(session)
    db.session().flush()
    common = {"customer_id": customer.id, "identity_id": customer.identities[0].id, "account_id": account.id}
    insert(Item, _items(common, agent, conversations, session.id, number, now))
    _trimmings(customer, now)
    db.commit()
    return customer.id


def crowd(account: Account, agent: User, number: int, now: datetime) -> None:
    """Write so many customers with a message each: by turns new, open, waiting to be closed, and closed.

    The agent has those who wait to be closed, and the first few of the open ones.
    """
    igsids = ({"account_id": account.id, "igsid": f"9500{at:010}"} for at in range(number))
    customers = _inserted(Customer, ({"name": f"Customer {at}", "created_at": now} for at in range(number)))
    opened = {"window_opened_at": now}
    identities = _inserted(
        Identity, (row | opened | {"customer_id": one} for row, one in zip(igsids, customers, strict=True))
    )
    rows = (_conversation(one, at, account, agent, now) for at, one in enumerate(customers))
    conversations = _inserted(Conversation, rows)
    insert(
        MessagingSession,
        (
            {"conversation_id": conversations[at], "identity_id": identities[at], "account_id": account.id,
             "channel": Channel.DM, "started_at": now, "unanswered_at": now, "due_at": now + utc.minutes(60)}
            for at in range(number)
            if STATUSES[at % len(STATUSES)] in (Status.NEW, Status.OPEN)
        ),
    )  # fmt: skip
    common = {"account_id": account.id, "kind": ItemKind.MESSAGE, "is_inbound": True, "arrived_at": now}
    insert(
        Item,
        (
            common
            | {"customer_id": customers[at], "conversation_id": conversations[at], "identity_id": identities[at],
               "at": now - timedelta(seconds=at), "platform_id": f"mid-crowd-{at}", "text": "Where is my blue vase?"}
            for at in range(number)
        ),
    )  # fmt: skip
    db.commit()


def _conversation(customer_id: int, at: int, account: Account, agent: User, now: datetime) -> dict[str, Any]:
    status, moment = STATUSES[at % len(STATUSES)], now - timedelta(seconds=at)
    is_due = status in (Status.NEW, Status.OPEN)
    has_agent = status == Status.WAITING or (status == Status.OPEN and at < len(STATUSES) * HELD)
    return {
        "customer_id": customer_id, "inbox_id": account.inbox_id, "status": status,
        "agent_id": agent.id if has_agent else None, "needs_attention": is_due, "arrived_at": moment,
        "opened_at": moment, "last_item_at": moment, "closed_at": moment if status == Status.CLOSED else None,
        "due_at": moment if is_due else None, "sort_due_at": moment if is_due else FAR_FUTURE,
    }  # fmt: skip


def _inserted(model: type[Any], rows: Rows) -> list[int]:
    """Insert many rows; returns their numbers in the same order."""
    numbers: list[int] = []
    statement = sa.insert(model).returning(model.id, sort_by_parameter_order=True)
    while part := list(islice(rows, ROWS)):
        numbers += db.session().scalars(statement, part)
    return numbers


def insert(model: type[Any], rows: Rows) -> None:
    """Insert many rows, some thousands at a time."""
    while part := list(islice(rows, ROWS)):
        db.session().execute(sa.insert(model), part)


def _customer(account: Account, igsid: str, name: str, now: datetime) -> Customer:
    identity = Identity(account=account, igsid=igsid, window_opened_at=now)
    customer = Customer(name=name, username="ana.lima", created_at=now, profile_at=now, identities=[identity])
    db.session().add(customer)
    db.session().flush()
    return customer


def _conversations(customer: Customer, account: Account, agent: User, number: int, now: datetime) -> Sequence[int]:
    """Return the numbers of a customer's conversations, oldest first; the last one is open."""
    for at in range(number):
        is_open, opened_at = at == number - 1, now - timedelta(days=number - at)
        closed_at = None if is_open else opened_at + utc.hours(1)
        conversation = Conversation(
            customer=customer, inbox=account.inbox, agent_id=agent.id, status=Status.OPEN if is_open else Status.CLOSED,
            arrived_at=opened_at, opened_at=opened_at, closed_at=closed_at, closed_by_id=agent.id,
            last_item_at=closed_at or now, needs_attention=is_open, due_at=now if is_open else None,
            sort_due_at=now if is_open else FAR_FUTURE,
        )  # fmt: skip
        db.session().add(conversation)
    db.session().flush()
    wanted = sa.select(Conversation.id).where(Conversation.customer_id == customer.id)
    return db.session().scalars(wanted.order_by(Conversation.opened_at)).all()


def _items(
    common: dict[str, Any], agent: User, conversations: Sequence[int], session_id: int, number: int, now: datetime
) -> Rows:
    """What people say: the customer twice, the agent once, an event, and again."""
    older = max(1, (number - NEWEST) // (len(conversations) - 1))
    for at in range(number):
        left = number - at
        is_new, moment = left <= NEWEST, now - timedelta(seconds=30 * left)
        kind = (ItemKind.MESSAGE, ItemKind.MESSAGE, ItemKind.REPLY, ItemKind.EVENT)[left % 4]
        is_inbound = kind == ItemKind.MESSAGE
        yield common | {
            "conversation_id": conversations[-1] if is_new else conversations[min(at // older, len(conversations) - 2)],
            "session_id": session_id if is_new and is_inbound else None,
            "kind": kind, "at": moment, "arrived_at": moment, "is_inbound": is_inbound, "wants_answer": is_inbound,
            "platform_id": f"mid-{common['customer_id']}-{left:07}" if kind != ItemKind.EVENT else None,
            "author_id": agent.id if kind == ItemKind.REPLY else None,
            "text": f"Number {left:07}: where is the blue vase that I ordered?",
            "details": {"reply_to": f"mid-{common['customer_id']}-{left + 4:07}"} if left % 8 == 0 else {},
        }  # fmt: skip


def _trimmings(customer: Customer, now: datetime) -> None:
    """Some of the newest messages have pictures; what was said by us has its send."""
    wanted = sa.select(Item).where(Item.customer_id == customer.id).order_by(Item.at.desc(), Item.id.desc())
    for item in db.session().scalars(wanted.limit(NEWEST)):
        if item.kind == ItemKind.REPLY:
            db.session().add(
                Send(
                    kind=SendKind.MESSAGE,
                    state=SendState.SENT,
                    account_id=item.account_id,
                    item=item,
                    identity_id=item.identity_id,
                    conversation_id=item.conversation_id,
                    key=f"key-{item.id}",
                    queued_at=now,
                    sent_at=now,
                    platform_id=item.platform_id,
                )
            )
        elif item.is_inbound and item.id % 5 == 0:
            db.session().add(Attachment(item=item, kind=AttachmentKind.IMAGE, state=MediaState.FAILED))
