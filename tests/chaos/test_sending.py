"""A thousand answers through an Instagram that fails, loses answers, throttles and is slow: none is there twice."""

import time
from collections import Counter

import pytest
import sqlalchemy as sa

from igapp import db, utc
from igapp.desk import conversations, replies, sends, settings
from igapp.instagram import connect
from igapp.models import Identity, ItemKind, Send, SendKind, SendState, User
from launching.processes import wait_until
from tests.factories import make_user
from tests.infra.stage import Stage

pytestmark = pytest.mark.chaos

CUSTOMERS, EACH = 100, 10
SECONDS = 240
"""In which everything has an end."""
FAULTS = {
    "refused_before": {"rate": 0.1, "only": ["send"]},
    "lost_answers": {"rate": 0.05, "only": ["send"]},
    "rate_limit": {"rate": 0.002, "minutes": 0, "only": ["send"]},
    "slow_answers": {"rate": 0.02, "seconds": [0.2, 0.6], "only": ["send"]},
    "no_echo": {"rate": 0.5},
}


@pytest.fixture
def stage(product: Stage) -> Stage:
    """A company to which a hundred people have written, each once."""
    token = product.sandbox.get("/_sandbox/state")["accounts"][0]["token"]
    with product.app.app_context():
        connect.by_token(token, utc.now())
        user = make_user("Bo")
        settings.change(user, utc.now(), sends_per_window=10_000)
        db.commit()
    people = [{"key": f"p{number}", "username": f"p{number}", "name": f"P {number}"} for number in range(CUSTOMERS)]
    product.sandbox.post("/_sandbox/people", people)  # type: ignore[arg-type]  # a list is JSON too
    events = [{"kind": "text", "person": f"p{number}", "text": "Hello?"} for number in range(CUSTOMERS)]
    product.sandbox.post("/_sandbox/events", {"events": events, "deliver": "one-body"})
    wait_until(lambda: _known(product) == CUSTOMERS, "everybody to be known", seconds=60)
    return product


def test_g_s3_a_thousand_answers_through_trouble_are_at_instagram_once_or_visibly_not(stage: Stage) -> None:
    stage.sandbox.post("/_sandbox/faults", FAULTS)
    _answer_everybody(stage)
    began = time.monotonic()
    wait_until(lambda: not _open(stage), "every send to have an end", seconds=SECONDS)
    took = time.monotonic() - began
    states = _states(stage)
    there = Counter(one["text"] for one in stage.sandbox.get("/_sandbox/messages?direction=out"))
    assert len(states) == CUSTOMERS * EACH
    assert [text for text, count in there.items() if count > 1] == []
    for text, state in states.items():
        assert state in (SendState.SENT, SendState.FAILED, SendState.CHECKING), text
        assert state == SendState.CHECKING or there[text] == (1 if state == SendState.SENT else 0), text
    assert Counter(states.values())[SendState.SENT] >= len(states) * 0.98, took


def _answer_everybody(stage: Stage) -> None:
    """Ten answers for each, as agents would have written them."""
    with stage.app.app_context():
        user = db.session().scalars(sa.select(User)).one()
        for identity in db.session().scalars(sa.select(Identity).order_by(Identity.id)).all():
            conversation = conversations.current(identity.customer)
            assert conversation is not None
            for number in range(EACH):
                text, now = f"Answer {number} to {identity.igsid}", utc.now()
                item = replies.outgoing(conversation, identity, user, text, ItemKind.REPLY, now)
                send = Send(kind=SendKind.MESSAGE, account=identity.account, identity=identity, item=item, key=text,
                            conversation_id=conversation.id, text=text, author_id=user.id)  # fmt: skip
                sends.queue(send, now)
            db.commit()
        stage.app.extensions["courier"].flush()


def _known(stage: Stage) -> int:
    with stage.app.app_context():
        return db.session().scalar(sa.select(sa.func.count()).select_from(Identity)) or 0


def _open(stage: Stage) -> int:
    """How many sends something will still happen to by itself."""
    with stage.app.app_context():
        wanted = sa.select(sa.func.count()).select_from(Send).where(Send.next_try_at.is_not(None))
        return db.session().scalar(wanted) or 0


def _states(stage: Stage) -> dict[str, SendState]:
    with stage.app.app_context():
        return {text or "": state for text, state in db.session().execute(sa.select(Send.text, Send.state))}
