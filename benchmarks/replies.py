"""From an agent's answer to the response that carries its item, under twenty answers a second."""

import re
import threading
import time
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa
from flask import Flask

from benchmarks.figures import Figure, below, median, percentile
from benchmarks.ground import add_account, add_agents, cookie
from igapp import db, utc
from igapp.desk import arrivals, conversations, customers
from igapp.models import Account, ItemKind
from tests.infra.stage import Stage

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
        page = self._ask(self._url).replace("\n", "")
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        self._token = found[1] if found else ""

    def answer(self, number: int) -> float:
        """Send an answer; returns the milliseconds until the response with its item was read."""
        text = f"Answer {number}"
        form = {"csrf_token": self._token, "text": text, "key": f"bench-{number}"}
        with self._writing:
            began = time.perf_counter()
            body = self._ask(f"{self._url}/replies", urllib.parse.urlencode(form).encode())
            took = (time.perf_counter() - began) * 1000
        assert text in body, "the response carries the new item"
        return took

    def _ask(self, url: str, form: bytes | None = None) -> str:
        with urllib.request.urlopen(urllib.request.Request(url, form, self._headers), timeout=30) as answer:
            if kept := answer.headers.get("Set-Cookie"):
                self._headers["Cookie"] = kept.split(";")[0]
            return str(answer.read().decode())


def run(stage: Stage) -> list[Figure]:
    """Measure on a stage with everything running; what is sent waits, since the account's token is none."""
    add_account(stage.app)
    users = add_agents(stage.app, AGENTS, are_available=False)
    ids = _conversations(stage.app, [one.id for one in users])
    stage.start()
    agents = [Agent(stage, number, cookie(stage.app, user)) for number, user in zip(ids, users, strict=True)]
    for number, agent in enumerate(agents):
        agent.answer(-1 - number)
    took = _paced(agents)
    note = f"p50 {median(took):.0f}, {PER_SECOND}/s from {AGENTS} agents"
    return [below("reply → response with its item, p99", percentile(took, 99), GOAL_MS, "ms", note)]


def _paced(agents: list[Agent]) -> list[float]:
    with ThreadPoolExecutor(AGENTS) as pool:
        asked = []
        began = time.monotonic()
        for number in range(PER_SECOND * SECONDS):
            time.sleep(max(0.0, began + number / PER_SECOND - time.monotonic()))
            asked.append(pool.submit(agents[number % AGENTS].answer, number))
        return [one.result() for one in asked]


def _conversations(app: Flask, user_ids: list[int]) -> list[int]:
    """A customer for each agent, with some history; returns the customers' ids."""
    with app.app_context():
        account = db.session().scalars(sa.select(Account)).one()
        made = [_conversation(account, user_id) for user_id in user_ids]
        db.commit()
        return made


def _conversation(account: Account, user_id: int) -> int:
    now = utc.now()
    identity = customers.find_or_welcome(account, f"9100000{user_id:08}", now)
    for number in range(HISTORY):
        at = now - utc.minutes(HISTORY - number)
        arrivals.receive(
            identity, arrivals.Arrival(ItemKind.MESSAGE, f"m-{user_id}-{number}", at, f"Hello {number}"), now
        )
    db.session().flush()
    conversation = conversations.current(identity.customer)
    if conversation is not None:
        with conversations.changing(conversation):
            conversation.agent_id = user_id
    return identity.customer_id
