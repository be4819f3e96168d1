"""A company at work: the whole product beside the sandbox, with people who open pages in a real browser."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from playwright.sync_api import Locator, Page

from igapp import db, utc
from igapp.desk import settings, users
from igapp.instagram import connect
from igapp.models import Customer, Offer, Role, User
from tests.infra.browser import Visitors
from tests.infra.stage import Stage, cookie

T = TypeVar("T")

PASSWORD = "a long password"
ACCOUNT = "our.brand"


class Company:
    """Who works here, who writes, and what Instagram's stand-in knows of it."""

    def __init__(self, stage: Stage, visitors: Visitors) -> None:
        self.stage = stage
        self.visitors = visitors
        self.sandbox = stage.sandbox

    @property
    def url(self) -> str:
        """Where the desk is served."""
        return self.stage.url

    @contextmanager
    def desk(self) -> Iterator[None]:
        """Within it the test may call verbs; they are committed at its end."""
        with self.stage.app.app_context():
            yield
            db.commit()
            self.stage.app.extensions["courier"].flush()

    def open_for_business(self) -> None:
        """Connect the account, as `flask accounts connect` does."""
        token = self.account()["token"]
        with self.desk():
            connect.by_token(token, utc.now())

    def account(self) -> Any:
        """The account as Instagram has it: its ids, its token."""
        return next(one for one in self.sandbox.get("/_sandbox/state")["accounts"] if one["username"] == ACCOUNT)

    def hire(self, name: str, role: Role = Role.AGENT) -> None:
        """Somebody new, who may sign in."""
        with self.desk():
            user = users.create(f"{name.lower()}@our.brand", name, role, PASSWORD, utc.now())
            user.password_hash = QUICK_HASH

    def change(self, **values: Any) -> None:
        """An administrator changes the workflow."""
        with self.desk():
            settings.change(db.session().scalars(sa.select(User)).first() or User(), utc.now(), **values)

    def sign_in(self, name: str, page: Page | None = None, **options: Any) -> Page:
        """Somebody's page, signed in."""
        page = page or self.visitors(**options)
        page.goto(f"{self.url}/login")
        page.get_by_label("Email").fill(f"{name.lower()}@our.brand")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("navigation", name="My Customers").wait_for()
        return page

    def at_work(self, name: str, **options: Any) -> Page:
        """The page of somebody who has signed in, with Messaging on."""
        page = self.visitors(**options)
        with self.stage.app.app_context():
            user = db.session().scalars(sa.select(User).where(User.name == name)).one()
            session, _, value = cookie(self.stage.app, user).partition("=")
        page.context.add_cookies([{"name": session, "value": value, "url": self.url}])
        page.goto(self.url)
        page.get_by_role("switch", name="Messaging").click()
        page.get_by_role("switch", name="Messaging", checked=True).wait_for()
        ready(page)
        return page

    def tab(self, page: Page, path: str = "/") -> Page:
        """Another tab of the same person."""
        tab = page.context.new_page()
        tab.goto(self.url + path)
        return tab

    def happen(self, kind: str = "text", person: str = "lena", **values: Any) -> Any:
        """Something happens at Instagram, and its webhook is on its way."""
        return self.sandbox.post("/_sandbox/events", {"kind": kind, "person": person, "account": ACCOUNT} | values)

    def at_instagram(self) -> list[str]:
        """What the company has sent, as Instagram has it."""
        return [one["text"] for one in self.sandbox.get("/_sandbox/messages?direction=out")]

    def calls(self, name: str) -> int:
        """How many Graph calls of a kind were made."""
        return len(self.sandbox.get(f"/_sandbox/calls?name={name}"))

    def offers(self) -> int:
        """How many offers were made."""
        with self.stage.app.app_context():
            return db.session().scalar(sa.select(sa.func.count(Offer.id))) or 0

    def customer_id(self, name: str) -> int:
        """A customer's number by their name, once they are known by it."""
        return eventually(lambda: self._customer_id(name))

    def _customer_id(self, name: str) -> int | None:
        with self.stage.app.app_context():
            return db.session().scalar(sa.select(Customer.id).where(Customer.name == name))


QUICK_HASH = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)


@pytest.fixture
def company(product: Stage, visitors: Visitors) -> Company:
    """A company with its account connected; nobody works there yet."""
    company = Company(product, visitors)
    company.open_for_business()
    return company


TYPING_MS = 30
"""Between two keys: nobody types faster."""


@pytest.fixture
def bo(company: Company) -> Page:
    """Bo, who has accepted Lena's request."""
    company.hire("Bo")
    page = company.at_work("Bo")
    company.happen(text="Hello?")
    accept(page)
    return page


def accept(page: Page, name: str = "Lena Fischer") -> None:
    """Take what the banner offers, and wait until the profile works."""
    page.get_by_role("button", name="Accept").click()
    page.get_by_role("heading", name=name).wait_for()
    ready(page)


def eventually(look: Callable[[], T | None], seconds: float = 10) -> T:
    """What a look finds, as soon as it finds something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it never happened")


def ready(page: Page) -> None:
    """Wait until the page's scripts run and its socket is open."""
    page.get_by_role("status", name="Connection").get_by_text("Live").wait_for()


def open_lane(page: Page, name: str) -> None:
    """Choose a lane of the composer and wait until it is open: what rings meanwhile draws the composer anew."""
    radio = page.get_by_role("radio", name=name)
    radio.click(force=True)
    page.locator(f"#composer[data-lane='{radio.get_attribute('value')}']").wait_for()


def banner(page: Page) -> Locator:
    """The green banner."""
    return page.get_by_role("region", name="Incoming request")


def article(page: Page, name: str) -> Locator:
    """The last article of that name."""
    return page.get_by_role("log", name="Timeline").get_by_role("article", name=name, exact=True).last


def seconds_left(page: Page) -> int:
    """What the banner's ring says."""
    words = banner(page).locator("[data-seconds]").first.inner_text()
    assert re.fullmatch(r"\d+", words)
    return int(words)
