"""What the processes do; each function is one process's work."""

import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa

from igapp import db, utc
from igapp.desk import (
    arrivals,
    closing,
    customers,
    offers,
    replies,
    routing,
    sends,
)
from igapp.desk.refusal import Refused
from igapp.models import (
    Account,
    Conversation,
    Customer,
    Item,
    ItemKind,
    Offer,
    OfferState,
    Send,
    User,
)

Meet = Callable[[], object]


def tried(act: Callable[[], Any]) -> Any:
    """One transaction as a door runs it: begun again after a conflict; what is refused changes nothing."""

    def whole() -> Any:
        try:
            result = act()
            db.commit()
        except Refused:
            db.session().rollback()
            return None
        return result

    return db.retrying(whole)


def receive(account_id: int, igsid: str, mid: str, now: datetime) -> int:
    """Apply one message; returns its item."""

    def act() -> int:
        account = db.session().get_one(Account, account_id)
        identity = customers.find_or_welcome(account, igsid, now)
        item = arrivals.receive(identity, arrivals.Arrival(ItemKind.MESSAGE, mid, now, "Hello"), now)
        db.session().flush()
        return item.id

    return int(tried(act))


def same_message(meet: Meet, account_id: int, igsid: str, now: datetime) -> int:
    meet()
    return receive(account_id, igsid, "mid-the-same", now)


def first_messages(meet: Meet, account_id: int, igsids: list[str], name: str, now: datetime) -> list[int]:
    """Each customer's first message, at the same moment as the others send another one."""
    items = []
    for igsid in igsids:
        meet()
        items.append(receive(account_id, igsid, f"{name}-{igsid}", now))
    return items


def settle_offers(meet: Meet, offer_ids: list[int], how: str, now: datetime) -> list[int]:
    """Accept, decline, expire or withdraw offers, at the same moment as others; returns those that were won."""
    acts: dict[str, Callable[[Offer], Any]] = {
        "accept": lambda offer: offers.accept(offer, offer.agent, now),
        "decline": lambda offer: _declined(offer, now),
        "expire": lambda offer: offers.expire(offer.id, now + utc.seconds(31)),
        "close": lambda offer: _closed(offer, now),
    }
    won = []
    for offer_id in offer_ids:
        meet()
        if tried(partial(_act_on, acts[how], offer_id)):
            won.append(offer_id)
    return won


def _act_on(act: Callable[[Offer], Any], offer_id: int) -> Any:
    return act(db.session().get_one(Offer, offer_id))


def _declined(offer: Offer, now: datetime) -> bool:
    offers.decline(offer, offer.agent, now)
    return db.session().get_one(Offer, offer.id, populate_existing=True).state == OfferState.DECLINED


def _closed(offer: Offer, now: datetime) -> bool:
    closing.close(offer.conversation, None, now, is_forced=True)
    return db.session().get_one(Offer, offer.id, populate_existing=True).state == OfferState.WITHDRAWN


def route(meet: Meet, now: datetime) -> int:
    """Route until nothing more can be given; returns how often something was."""
    meet()
    given = 0
    while tried(lambda: routing.route(now)):
        given += 1
    return given


def accept_all(meet: Meet, user_ids: list[int], rounds: int, now: datetime) -> int:
    """Agents accept whatever they are asked."""
    meet()
    accepted = 0
    for _ in range(rounds):
        for user_id in user_ids:
            accepted += tried(partial(_accept, user_id, now)) is not None
    return accepted


def _accept(user_id: int, now: datetime) -> Conversation | None:
    offer = offers.pending_for(user_id, now)
    return offers.accept(offer, offer.agent, now) if offer is not None else None


def press_next(meet: Meet, user_ids: list[int], now: datetime) -> int:
    meet()
    pressed = 0
    for user_id in user_ids:
        found = tried(partial(_next, user_id, now))
        pressed += found is not None and found[0] is not None
    return pressed


def _next(user_id: int, now: datetime) -> tuple[Conversation | None, str]:
    return routing.next_for(db.session().get_one(User, user_id), now)


def reply_once(meet: Meet, customer_id: int, user_id: int, now: datetime) -> int:
    meet()

    def act() -> int:
        customer, user = db.session().get_one(Customer, customer_id), db.session().get_one(User, user_id)
        return replies.reply(customer, user, "Hi", "the same key", now).id

    return int(tried(act))


def claim(meet: Meet, send_id: int, owner: str, now: datetime) -> bool:
    meet()
    return tried(lambda: sends.claim(send_id, owner, now)) is not None


def echo_or_answer(meet: Meet, send_ids: list[int], is_echo: bool, now: datetime) -> None:
    """The answer of Instagram and the echo of the same message, at the same moment."""
    for send_id in send_ids:
        meet()
        tried(partial(_echo if is_echo else _answer, send_id, now))


def _answer(send_id: int, now: datetime) -> None:
    sends.record_sent(db.session().get_one(Send, send_id), f"ours-{send_id}", now)


def _echo(send_id: int, now: datetime) -> None:
    send = db.session().get_one(Send, send_id)
    identity = customers.find_or_welcome(send.account, send.identity.igsid, now)
    arrivals.receive_echo(identity, arrivals.Arrival(ItemKind.ECHO, f"ours-{send_id}", now, send.text), now)


def half_a_message(ready: Any, account_id: int, igsid: str, now: datetime) -> None:
    identity = customers.find_or_welcome(db.session().get_one(Account, account_id), igsid, now)
    arrivals.receive(identity, arrivals.Arrival(ItemKind.MESSAGE, "mid-killed", now, "Hello"), now)
    db.session().flush()
    ready.set()
    time.sleep(600)


def half_a_sweep(ready: Any, now: datetime) -> None:
    """Expire one offer for good, and another that is never committed."""
    first, second, *_ = offers.expired(now)
    offers.expire(first, now)
    db.commit()
    offers.expire(second, now)
    db.session().flush()
    ready.set()
    time.sleep(600)


def half_a_routing(ready: Any, now: datetime) -> None:
    routing.route(now)
    db.session().flush()
    ready.set()
    time.sleep(600)


def count_items(platform_id: str) -> int:
    wanted = sa.select(sa.func.count()).select_from(Item).where(Item.platform_id == platform_id)
    return db.session().scalar(wanted) or 0
