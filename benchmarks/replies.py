"""From an agent's answer to the response that carries its item, under twenty answers a second that really go out."""

import re
import threading
import time
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa
from flask import Flask

from benchmarks.figures import Figure, below, median, percentile
from benchmarks.ground import add_agents
from igapp import db, utc
from igapp.desk import arrivals, conversations
from igapp.models import Identity, ItemKind, Send, SendState
from launching.processes import wait_until
from tests.infra.stage import Stage, cookie
from tests.infra.writers import be_written_to

AGENTS, PER_SECOND, SECONDS = 20, 20, 15
HISTORY = 60
"""Messages that each thread has already."""
GOAL_MS = 150


class Agent:
    """One agent with one customer's profile open."""

    def __init__(self, stage: Stage, customer_id: int, said: str) -> None:
        self._headers = {"Cookie": said, "HX-Request": "true"}
        self._url = f"{stage.url.replace('localhost', '127.0.0.1')}/customers/{customer_id}"
        self._writing = threading.Lock()
        page = self._ask(self._url)
        self._token, self._lane = _value(page, "csrf_token"), _value(page, "writing")

    def answer(self, number: int) -> str:
        """Send an answer, when one's last one was taken; returns its text."""
        text = f"Answer {number}"
        form = {"csrf_token": self._token, "text": text, "key": f"bench-{number}", "lane": self._lane}
        with self._writing:
            body = self._ask(f"{self._url}/replies", urllib.parse.urlencode(form).encode())
        assert text in body, "the response carries the new item"
        return text

    def _ask(self, url: str, form: bytes | None = None) -> str:
        with urllib.request.urlopen(urllib.request.Request(url, form, self._headers), timeout=30) as answer:
            if kept := answer.headers.get("Set-Cookie"):
                self._headers["Cookie"] = kept.split(";")[0]
            return str(answer.read().decode())


def run(stage: Stage) -> list[Figure]:
    """Measure on a stage with everything running: a worker sends all of it to the sandbox meanwhile."""
    be_written_to(stage.start(), AGENTS)
    users = add_agents(stage.app, AGENTS, are_available=False)
    ids = _assign(stage.app, [one.id for one in users])
    agents = [Agent(stage, number, cookie(stage.app, user)) for number, user in zip(ids, users, strict=True)]
    for number, agent in enumerate(agents):
        agent.answer(-1 - number)
    took = _paced(agents)
    wait_until(lambda: _sent(stage.app) == len(took) + AGENTS, "every answer to be sent", seconds=60)
    note = f"p50 {median(took):.0f}, {PER_SECOND}/s from {AGENTS} agents to {AGENTS} customers, all of them sent"
    return [below("reply → response with its item, p99", percentile(took, 99), GOAL_MS, "ms", note)]


def _paced(agents: list[Agent]) -> list[float]:
    """Answer when it is time to, whether the last answer is back or not; each is measured from that time."""
    began = time.monotonic() + 0.5

    def answer(number: int) -> float:
        due = began + number / PER_SECOND
        time.sleep(max(0.0, due - time.monotonic()))
        agents[number % AGENTS].answer(number)
        return (time.monotonic() - due) * 1000

    with ThreadPoolExecutor(2 * AGENTS) as pool:
        return list(pool.map(answer, range(PER_SECOND * SECONDS)))


def _assign(app: Flask, user_ids: list[int]) -> list[int]:
    """Give a customer with some history to each agent; returns the customers' ids."""
    with app.app_context():
        identities = db.session().scalars(sa.select(Identity).order_by(Identity.id)).all()
        for identity, user_id in zip(identities, user_ids, strict=True):
            _converse(identity, user_id)
        db.commit()
        return [identity.customer_id for identity in identities]


def _converse(identity: Identity, user_id: int) -> None:
    now = utc.now()
    for number in range(HISTORY):
        at, mid = now - utc.minutes(HISTORY - number), f"m-{user_id}-{number}"
        arrivals.receive(identity, arrivals.Arrival(ItemKind.MESSAGE, mid, at, f"Hello {number}"), now)
    db.session().flush()
    conversation = conversations.current(identity.customer)
    if conversation is not None:
        with conversations.changing(conversation):
            conversation.agent_id = user_id


def _sent(app: Flask) -> int:
    with app.app_context():
        wanted = sa.select(sa.func.count()).select_from(Send).where(Send.state == SendState.SENT)
        return db.session().scalar(wanted) or 0


def _value(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return found[1] if found else ""
