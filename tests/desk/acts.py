"""What people do at the desk, in one line each; every act is committed."""

import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime
from typing import TypeVar

import pytest
import sqlalchemy as sa
from flask import Flask

from igapp import background, bell, db
from igapp.desk import arrivals, availability, closing, offers, replies, routing, sends, sessions, timeline
from igapp.desk.refusal import Refused
from igapp.models import (
    Agent,
    Conversation,
    Identity,
    Item,
    ItemKind,
    MessagingSession,
    Offer,
    Send,
    User,
)
from tests.factories import conversation_of, numbers, route_all

T = TypeVar("T")


def done(result: T) -> T:
    """Commit what was done."""
    db.commit()
    db.session().expire_all()
    return result


def refused(act: Callable[[], object]) -> str:
    """The sentence with which an act is refused; it has changed nothing."""
    with pytest.raises(Refused) as refusal:
        act()
    db.session().rollback()
    return str(refusal.value)


def rung(app: Flask, act: Callable[[], object]) -> set[str]:
    """What rings when something is done."""
    db.commit()
    app.extensions["courier"].flush()
    since = bell.newest(app.extensions["redis"])
    act()
    db.commit()
    app.extensions["courier"].flush()
    return {topic for _number, topic in bell.missed(app.extensions["redis"], since) or ()}


def queued(app: Flask, act: Callable[[], object]) -> set[str]:
    """The jobs that are queued when something is done."""
    db.commit()
    app.extensions["courier"].flush()
    app.extensions["redis"].flushdb()  # a job that is queued already is not queued again
    act()
    db.commit()
    app.extensions["courier"].flush()
    queues = [background.queue(app.extensions["redis"], name) for name in background.QUEUES]
    return {str(job.description) for queue in queues for job in queue.jobs}


def meanwhile(app: Flask, user: User, act: Callable[[User], object]) -> None:
    """Someone acts while the test's own transaction is open, and waits for it where turns are taken; both commit."""

    def run() -> None:
        with app.app_context():
            act(db.session().get_one(User, user_id))
            db.commit()

    user_id = user.id
    with ThreadPoolExecutor() as pool:
        acting = pool.submit(contextvars.Context().run, run)
        wait([acting], timeout=0.5)
        db.commit()
        acting.result()
    db.session().expire_all()


def offer_of(agent: User, now: datetime) -> Offer | None:
    """What the agent's banner shows."""
    return offers.pending_for(agent.id, now)


def offered_to(identity: Identity) -> int | None:
    """Who sees the customer's banner."""
    return conversation_of(identity).offered_to_id


def accept(agent: User, now: datetime) -> Conversation:
    """The agent accepts what the banner shows."""
    offer = offer_of(agent, now)
    assert offer is not None, f"{agent.name} has no offer"
    return done(offers.accept(offer, agent, now))


def decline(agent: User, now: datetime) -> None:
    """The agent declines what the banner shows."""
    offer = offer_of(agent, now)
    assert offer is not None, f"{agent.name} has no offer"
    done(offers.decline(offer, agent, now))


def expire(now: datetime) -> None:
    """The clock sends on what nobody answered."""
    for offer_id in offers.expired(now):
        done(offers.expire(offer_id, now))


def sweep(now: datetime) -> None:
    """The clock does all that is due."""
    expire(now)
    for session_id in sessions.silent(now):
        done(closing.end_silent(session_id, now))
    for conversation_id in availability.absent(now):
        done(availability.return_to_queue(conversation_id, now))
    done(routing.pauses_over(now))
    route_all(now)


def held(identity: Identity, agent: User, now: datetime) -> Conversation:
    """The customer's conversation, which waits, is given to the agent and accepted."""
    route_all(now)
    assert offered_to(identity) == agent.id
    return accept(agent, now)


def hear(now: datetime, *agents: User) -> None:
    """The agents' pages are there."""
    for agent in agents:
        done(availability.heard_from(agent.id, now))


def answer(identity: Identity, agent: User, now: datetime, text: str = "Hi") -> Item:
    """The agent writes to the customer, and Instagram takes it."""
    item = done(replies.reply(identity.customer, agent, text, f"key-{next(numbers)}", now))
    send_out(item, now)
    return item


def send_out(item: Item, now: datetime) -> Send:
    """Instagram takes what waits to be sent."""
    send = item.send
    assert send is not None
    assert done(sends.claim(send.id, "worker", now)) is send
    done(sends.record_sent(send, f"ours-{next(numbers)}", now))
    return send


def echo(
    identity: Identity, at: datetime, now: datetime | None = None, text: str | None = "From the app"
) -> Item | None:
    """Somebody writes to the customer in the Instagram app."""
    arrival = arrivals.Arrival(ItemKind.ECHO, f"echo-{next(numbers)}", at, text=text)
    return done(arrivals.receive_echo(identity, arrival, now or at))


def load(agent: User) -> int:
    """How many customers the agent has, as routing counts them."""
    return db.session().scalars(sa.select(Agent.load).where(Agent.user_id == agent.id)).one()


def agent_row(agent: User) -> Agent:
    """The agent's place in routing, read again."""
    return db.session().get_one(Agent, agent.id, populate_existing=True)


def events(identity: Identity, viewer: User | None = None) -> list[str]:
    """The sentences of the customer's timeline, oldest first."""
    wanted = sa.select(Item).where(Item.customer_id == identity.customer_id, Item.kind == ItemKind.EVENT)
    rows = db.session().scalars(wanted.order_by(Item.at, Item.id))
    return [timeline.sentence(item, viewer.id if viewer else None) for item in rows]


def session_of(item: Item) -> MessagingSession:
    """The session that an item waits in, read again."""
    assert item.session_id is not None
    return db.session().get_one(MessagingSession, item.session_id, populate_existing=True)
