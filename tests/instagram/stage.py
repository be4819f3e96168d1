"""An account of the sandbox, connected, and what happens between it and the sandbox's people."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import current_app
from flask.testing import FlaskClient

from igapp import db, jobs, utc
from igapp.desk import replies
from igapp.instagram import connect, lanes
from igapp.instagram.graph import Answer, Graph
from igapp.models import Account, Identity, Inbox, Item, Send, SendState, User
from tests import factories
from tests.infra.stage import Sandbox
from tests.instagram import wire

Meanwhile = Callable[[Callable[[], object]], None]
"""Has something happen while the next call is under way."""
TOKEN = "IGAAsandboxOurBrandLongLivedToken0001"


class Stage:
    """The sandbox as a test plays it: deliveries are carried by hand, so that each test decides when."""

    def __init__(self, sandbox: Sandbox, client: FlaskClient) -> None:
        self.sandbox = sandbox
        self.client = client
        self.account_id = connect.by_token(TOKEN, utc.now()).id
        self.told = 0
        self.keys = 0
        db.session().rollback()

    @property
    def account(self) -> Account:
        return db.session().get_one(Account, self.account_id, populate_existing=True)

    def happens(self, kind: str, person: str = "lena", **more: Any) -> dict[str, Any]:
        """Something happens on Instagram; nobody is told yet."""
        done: dict[str, Any] = self.sandbox.post("/_sandbox/events", {"kind": kind, "person": person, **more})
        return done

    def tell(self) -> None:
        """Carries every webhook that the sandbox has sent since the last time through the door, and drains."""
        found = sorted(self.sandbox.get("/_sandbox/deliveries?limit=500"), key=lambda one: int(one["id"]))
        for one in found:
            if one["id"] > self.told:
                self.told = one["id"]
                body = one["body"]
                wire.send(self.client, body if isinstance(body, dict) else json.loads(body))
        self.drain()

    def drain(self) -> None:
        drain()

    def writes(self, text: str = "Hello", person: str = "lena", **more: Any) -> Item:
        """A customer writes, and we hear of it."""
        mid = self.happens("text", person, text=text, **more)["mid"]
        self.tell()
        return self.item(mid)

    def item(self, platform_id: str) -> Item:
        return db.session().scalars(sa.select(Item).where(Item.platform_id == platform_id)).one()

    def identity(self, person_igsid: str = wire.LENA) -> Identity:
        wanted = sa.select(Identity).where(Identity.account_id == self.account_id, Identity.igsid == person_igsid)
        return db.session().scalars(wanted).one()

    def agent(self) -> User:
        found = db.session().scalar(sa.select(User).where(User.name == "Bo"))
        return found or factories.make_user("Bo")

    def reply(self, text: str = "Yes, it is.", igsid: str = wire.LENA, now: datetime | None = None) -> int:
        """Bo answers; returns the send's number, which nobody has delivered yet."""
        self.keys += 1
        identity = self.identity(igsid)
        item = replies.reply(identity.customer, self.agent(), text, f"key-{self.keys}", now or utc.now(), identity)
        db.commit()
        send_id = db.session().scalars(sa.select(Send.id).where(Send.item_id == item.id)).one()
        db.session().rollback()
        return send_id

    def send(self, send_id: int) -> Send:
        return db.session().get_one(Send, send_id, populate_existing=True)

    def state(self, send_id: int) -> SendState:
        found = self.send(send_id).state
        db.session().rollback()
        return found

    def fault(self, **switches: Any) -> None:
        self.sandbox.post("/_sandbox/faults", switches)

    def sent(self) -> list[str | None]:
        """What the business wrote, as Instagram has it."""
        found = self.sandbox.get("/_sandbox/messages?direction=out")
        return [one["text"] for one in sorted(found, key=lambda one: int(one["at"]))]

    def calls(self, name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.sandbox.get(f"/_sandbox/calls?name={name}")
        return found


class Interrupted(Graph):
    """A client during whose first call something else happens."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__(current_app.extensions["config"])
        self.waiting = [act]

    def call(self, *what: Any, **more: Any) -> Answer:
        while self.waiting:
            self.waiting.pop()()
            db.session().rollback()
        return super().call(*what, **more)


class Nameless(Graph):
    """A client whose calls are answered without the id of what they made."""

    def call(self, *what: Any, **more: Any) -> Answer:
        answer = super().call(*what, **more)
        return replace(answer, body={key: value for key, value in answer.body.items() if key != "message_id"})


def connect_by_hand() -> Account:
    """Makes an account without calling anybody."""
    inbox = db.session().scalars(sa.select(Inbox).where(Inbox.is_default)).one()
    account = Account(
        ig_user_id=wire.ACCOUNT,
        app_scoped_id=wire.OTHER_ID,
        username="our.brand",
        inbox=inbox,
        connected_at=utc.now(),
        token_encrypted="none",
    )
    db.session().add(account)
    db.commit()
    return account


def drain() -> None:
    """Applies what waits, and offers it."""
    db.session().rollback()
    lanes.drain(0, 60, jobs.give_out_work)
    db.session().rollback()
