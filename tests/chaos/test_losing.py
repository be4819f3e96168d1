"""Redis is restarted and stopped, deliveries repeat, a worker dies while it sends: nothing is lost, nothing doubled."""

import hashlib
import hmac
import json
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from igapp import db, utc
from igapp.desk import replies
from igapp.models import Conversation, Customer, Event, Identity, Item, Outcome, Send, SendState, User
from launching.processes import wait_until
from launching.product import SANDBOX_APP
from tests.factories import make_account, make_agent
from tests.infra.stage import Stage

pytestmark = pytest.mark.chaos

CUSTOMERS, MESSAGES = 40, 600


def bodies(account_id: str) -> list[bytes]:
    """Signed-to-be deliveries of one to ten messages each, all of them twice, in no order."""
    now = int(time.time() * 1000)
    messages = [_message(account_id, number, now) for number in range(MESSAGES)]
    cuts, made = random.Random(7), []
    while messages:
        count = cuts.randint(1, 10)
        batch, messages = messages[:count], messages[count:]
        made.append(json.dumps({"object": "instagram", "entry": [_entry(account_id, batch, now)]}).encode())
    twice = made * 2
    cuts.shuffle(twice)
    return twice


def _entry(account_id: str, batch: list[dict[str, Any]], now: int) -> dict[str, Any]:
    return {"id": account_id, "time": now, "messaging": batch}


def _message(account_id: str, number: int, now: int) -> dict[str, Any]:
    return {
        "sender": {"id": f"9300000000{number % CUSTOMERS:05}"},
        "recipient": {"id": account_id},
        "timestamp": now - 60_000 + number,
        "message": {"mid": f"mid-{number}", "text": f"Message {number}"},
    }


def deliver(stage: Stage, body: bytes) -> int:
    """Post a delivery as Meta does, again and again until it is answered 200."""
    signature = hmac.new(SANDBOX_APP["INSTAGRAM_APP_SECRET"].encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": f"sha256={signature}", "Content-Type": "application/json"}
    for _ in range(20):
        answer = requests.post(f"{stage.url}/webhooks/instagram", body, headers=headers, timeout=20)
        if answer.status_code == 200:
            return 200
        time.sleep(0.2)
    return answer.status_code


def connected_account(stage: Stage) -> str:
    with stage.app.app_context():
        account = make_account()
        for name in ("Bo", "Cy"):
            make_agent(name)
        db.commit()
        return account.ig_user_id


def pending(stage: Stage) -> int:
    with stage.app.app_context():
        wanted = sa.select(sa.func.count()).where(Event.outcome == Outcome.PENDING)
        return db.session().scalar(wanted) or 0


def check_nothing_is_lost_or_doubled(stage: Stage) -> None:
    """Each message is one item of the right customer, in the platform's order; one open conversation each."""
    with stage.app.app_context():
        outcomes = Counter(db.session().scalars(sa.select(Event.outcome)))
        assert outcomes == {Outcome.APPLIED: MESSAGES}
        assert db.session().scalar(sa.select(sa.func.sum(Event.redeliveries))) == MESSAGES
        texts = db.session().scalars(sa.select(Item.text).where(Item.is_inbound)).all()
        assert sorted(texts, key=str) == sorted(f"Message {number}" for number in range(MESSAGES))
        assert db.session().scalar(sa.select(sa.func.count(Customer.id))) == CUSTOMERS
        assert db.session().scalar(sa.select(sa.func.count(Conversation.id))) == CUSTOMERS
        for customer_id in db.session().scalars(sa.select(Customer.id)).all():
            wanted = sa.select(Item.text).where(Item.customer_id == customer_id, Item.is_inbound)
            numbers = [int(str(text).split()[1]) for text in db.session().scalars(wanted.order_by(Item.at, Item.id))]
            assert numbers == sorted(numbers)


def test_redis_restarted_and_emptied_loses_nothing(own_product: Stage) -> None:
    account_id = connected_account(own_product)
    own_product.start()
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(deliver, own_product, body) for body in bodies(account_id)]
        time.sleep(0.3)
        own_product.redis.restart()
        assert {answer.result() for answer in answers} == {200}
    wait_until(lambda: pending(own_product) == 0, "the ledger", seconds=60)
    check_nothing_is_lost_or_doubled(own_product)


def test_without_redis_the_clock_takes_everything_in(own_product: Stage) -> None:
    account_id = connected_account(own_product)
    own_product.redis.process.stop()
    own_product.start("web", "clock")
    assert {deliver(own_product, body) for body in bodies(account_id)[:60]} == {200}
    wait_until(lambda: pending(own_product) == 0, "the ledger", seconds=60)
    with own_product.app.app_context():
        assert db.session().scalar(sa.select(sa.func.count(Item.id)).where(Item.is_inbound))
    own_product.redis.restart()


def test_without_redis_the_clock_sends_what_is_owed(own_product: Stage) -> None:
    own_product.product.flask("demo", "load")
    own_product.redis.process.stop()
    own_product.start("web", "clock")
    own_product.sandbox.post("/_sandbox/events", {"person": "lena", "text": "Are you there?"})
    wait_until(lambda: _has_arrived(own_product, "Are you there?"), "the message", seconds=30)
    send_id = _answer(own_product, "Yes, without Redis")
    wait_until(lambda: _state(own_product, send_id) == SendState.SENT, "the answer", seconds=30)
    assert _at_instagram(own_product, "Yes, without Redis") == 1
    own_product.redis.restart()


def test_a_worker_killed_while_it_sends_never_sends_twice(own_product: Stage) -> None:
    """Instagram has the message, its answer is lost and so is the worker: the echo says that it arrived."""
    own_product.product.flask("demo", "load")
    own_product.start()
    own_product.sandbox.post("/_sandbox/events", {"person": "lena", "text": "Are you there?"})
    wait_until(lambda: _has_arrived(own_product, "Are you there?"), "the message", seconds=30)
    own_product.sandbox.post("/_sandbox/faults", {"lost_answers": {"rate": 1, "how": "hang", "seconds": 3}})
    send_id = _answer(own_product, "Once only")
    wait_until(lambda: _at_instagram(own_product, "Once only") == 1, "the call", seconds=30)
    own_product.process("worker").kill()
    own_product.start("worker")
    wait_until(lambda: _state(own_product, send_id) == SendState.SENT, "the echo", seconds=60)
    assert _at_instagram(own_product, "Once only") == 1


def _has_arrived(stage: Stage, text: str) -> bool:
    with stage.app.app_context():
        return db.session().scalar(sa.select(Item.id).where(Item.text == text)) is not None


def _at_instagram(stage: Stage, text: str) -> int:
    return sum(one["text"] == text for one in stage.sandbox.get("/_sandbox/messages?direction=out"))


def _answer(stage: Stage, text: str) -> int:
    """An agent answers whoever wrote last."""
    with stage.app.app_context():
        now = utc.now()
        latest = sa.select(Identity).where(Identity.window_opened_at.is_not(None))
        identity = db.session().scalars(latest.order_by(Identity.window_opened_at.desc()).limit(1)).one()
        bo = db.session().scalars(sa.select(User).order_by(User.id).limit(1)).one()
        item = replies.reply(identity.customer, bo, text, "key", now, identity)
        db.commit()
        assert item.send is not None
        return item.send.id


def _state(stage: Stage, send_id: int) -> SendState:
    with stage.app.app_context():
        return db.session().scalars(sa.select(Send.state).where(Send.id == send_id)).one()
