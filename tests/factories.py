"""The told cast, made on demand: Bo, Cy and Dee answer; Mia manages; Ada administers; Ana and Lena are customers.

Everything is flushed, nothing committed: the test decides.
"""

from datetime import datetime
from itertools import count
from typing import TypeVar

import sqlalchemy as sa

from igapp import db, utc
from igapp.desk import arrivals, customers, routing
from igapp.models import (
    Account,
    Agent,
    Conversation,
    Identity,
    Inbox,
    InboxMember,
    Item,
    ItemKind,
    Post,
    Presence,
    Role,
    User,
)

T = TypeVar("T")
numbers = count(1)


def support() -> Inbox:
    """The inbox of a fresh database."""
    return db.session().scalars(sa.select(Inbox).where(Inbox.is_default)).one()


def make_inbox(name: str, sla_minutes: int = 60) -> Inbox:
    return _added(Inbox(name=name, sla_minutes=sla_minutes))


def make_user(name: str, role: Role = Role.AGENT, inbox: Inbox | None = None) -> User:
    """Someone who may sign in, member of one inbox, Messaging off."""
    user = User(name=name, email=f"{name.lower()}@our.brand", role=role, created_at=utc.now())
    user.agent = Agent()
    _added(user)
    _added(InboxMember(inbox_id=(inbox or support()).id, user_id=user.id))
    return user


def make_agent(name: str, now: datetime | None = None, inbox: Inbox | None = None) -> User:
    """An agent with Messaging on, just heard from."""
    user = make_user(name, inbox=inbox)
    user.agent.is_available = True
    _added(Presence(user_id=user.id, seen_at=now or utc.now()))
    return user


def make_account(username: str = "our.brand", inbox: Inbox | None = None, **values: object) -> Account:
    """A connected account with a token that nobody can read, so no call is made for it by accident."""
    number = next(numbers)
    values = {"ig_user_id": f"1784140{number:010}", "token_encrypted": "none", "name": username} | values
    account = Account(
        app_scoped_id=f"77{number:08}",
        username=username,
        inbox=inbox or support(),
        connected_at=utc.now(),
        **values,
    )
    return _added(account)


def make_identity(account: Account, name: str = "Ana", now: datetime | None = None) -> Identity:
    """Someone whom the account knows."""
    identity = customers.find_or_welcome(account, f"91{next(numbers):012}", now or utc.now())
    identity.customer.name = name
    db.session().flush()
    return identity


def write(identity: Identity, text: str = "Hello", at: datetime | None = None, now: datetime | None = None) -> Item:
    """The customer sends a direct message."""
    at = at or now or utc.now()
    arrival = arrivals.Arrival(kind=ItemKind.MESSAGE, platform_id=f"mid-{next(numbers)}", at=at, text=text)
    item = arrivals.receive(identity, arrival, now or at)
    db.session().flush()
    return item


def comment(identity: Identity, text: str = "Nice", at: datetime | None = None, is_live: bool = False) -> Item:
    """The customer comments on a post of ours."""
    at = at or utc.now()
    post = Post(account_id=identity.account_id, media_id=f"media-{next(numbers)}", fetched_at=at)
    arrived = arrivals.ArrivedComment(f"comment-{next(numbers)}", at, text, _added(post), is_live)
    item = arrivals.receive_comment(identity, arrived, utc.now())
    db.session().flush()
    return item


def route_all(now: datetime) -> int:
    """Route until nothing more can be given; returns how often something was."""
    given = 0
    while routing.route(now):
        db.commit()
        given += 1
    db.commit()
    return given


def conversation_of(identity: Identity) -> Conversation:
    """The customer's newest conversation, read again."""
    wanted = sa.select(Conversation).where(Conversation.customer_id == identity.customer_id)
    return (
        db.session()
        .scalars(wanted.order_by(Conversation.id.desc()).limit(1).execution_options(populate_existing=True))
        .one()
    )


def _added(row: T) -> T:
    db.session().add(row)
    db.session().flush()
    return row
