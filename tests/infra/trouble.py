"""Answers through an Instagram that fails, loses answers, throttles and is slow; and what became of each."""

import time
from collections import Counter
from dataclasses import dataclass

from sqlalchemy import func, select

from igapp import db, utc
from igapp.desk import conversations, replies, sends
from igapp.models import Identity, ItemKind, Send, SendKind, SendState, User
from launching.processes import wait_until
from tests.infra.stage import Stage
from tests.infra.writers import be_written_to

FAULTS = {
    "refused_before": {"rate": 0.1, "only": ["send"]},
    "lost_answers": {"rate": 0.05, "only": ["send"]},
    "rate_limit": {"rate": 0.002, "minutes": 0, "only": ["send"]},
    "slow_answers": {"rate": 0.02, "seconds": [0.2, 0.6], "only": ["send"]},
    "no_echo": {"rate": 0.5},
}
"""A tenth fails, a twentieth of the answers is lost, some calls are throttled or slow, half of the echoes missing."""

ENDS = (SendState.SENT, SendState.FAILED, SendState.CHECKING)
"""Sent, or visibly Failed, or Checking with Retry and Discard."""


@dataclass(frozen=True)
class Outcome:
    """What became of every answer."""

    states: dict[str, SendState]
    """By the answer's text."""
    there: Counter[str]
    """How often each text is at Instagram."""
    seconds: float

    @property
    def twice(self) -> list[str]:
        """What is at Instagram more than once."""
        return [text for text, count in self.there.items() if count > 1]

    @property
    def untrue(self) -> list[str]:
        """What says something else than Instagram does."""
        return [text for text, state in self.states.items() if not self._is_true(text, state)]

    @property
    def sent(self) -> int:
        """How many are Sent."""
        return Counter(self.states.values())[SendState.SENT]

    def _is_true(self, text: str, state: SendState) -> bool:
        if state == SendState.CHECKING:
            return True
        return state in ENDS and self.there[text] == (1 if state == SendState.SENT else 0)


def answer_through_trouble(stage: Stage, customers: int, each: int, seconds: float) -> Outcome:
    """Let so many customers of a running stage get so many answers each; everything has an end within `seconds`."""
    user_id = be_written_to(stage, customers)
    stage.sandbox.post("/_sandbox/faults", FAULTS)
    _answer_everybody(stage, user_id, each)
    began = time.monotonic()
    wait_until(lambda: not _open(stage), "every send to have an end", seconds=seconds)
    took = time.monotonic() - began
    there = Counter(one["text"] for one in stage.sandbox.get("/_sandbox/messages?direction=out"))
    return Outcome(_states(stage), there, took)


def _answer_everybody(stage: Stage, user_id: int, each: int) -> None:
    """Owe the answers, as agents would have written them."""
    with stage.app.app_context():
        for identity in db.session().scalars(select(Identity).order_by(Identity.id)).all():
            for number in range(each):
                _answer(identity, db.session().get_one(User, user_id), f"Answer {number} to {identity.igsid}")
            db.commit()
        stage.app.extensions["courier"].flush()


def _answer(identity: Identity, user: User, text: str) -> None:
    conversation, now = conversations.current(identity.customer), utc.now()
    assert conversation is not None
    item = replies.outgoing(conversation, identity, user, text, ItemKind.REPLY, now)
    send = Send(kind=SendKind.MESSAGE, account=identity.account, identity=identity, item=item, key=text, text=text)
    send.conversation_id, send.author_id = conversation.id, user.id
    sends.queue(send, now)


def _open(stage: Stage) -> int:
    """How many sends something will still happen to by itself."""
    with stage.app.app_context():
        wanted = select(func.count()).select_from(Send).where(Send.next_try_at.is_not(None))
        return db.session().scalar(wanted) or 0


def _states(stage: Stage) -> dict[str, SendState]:
    with stage.app.app_context():
        return {text or "": state for text, state in db.session().execute(select(Send.text, Send.state))}
