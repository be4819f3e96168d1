"""What the processes write down of a whole journey: each step with its ids, and nothing that is written or hidden."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from playwright.sync_api import Page, expect

from igapp.models import Role
from tests.infra.browser import Visitors
from tests.infra.stage import Stage
from tests.journeys.conftest import ACCOUNT, PASSWORD, Company, accept, article, eventually

pytestmark = pytest.mark.journey

QUESTION, ANSWER, REFUSED = "Where is parcel 4711?", "It arrives on Friday.", "This one does not arrive."
WRONG_PASSWORD = "a wrong password of hers"


@dataclass
class Traveller:
    """Whoever notes down on the way what nobody else may read."""

    company: Company
    hidden: list[str] = field(default_factory=list)


@pytest.fixture
def talkative(own_product: Stage, visitors: Visitors) -> Company:
    """A company whose processes write down everything that they ever would."""
    own_product.product.environment["LOG_LEVEL"] = "DEBUG"
    return Company(own_product.start(), visitors)


@pytest.fixture
def secretive(talkative: Company) -> Traveller:
    """Somebody who was turned away, turned a second factor on, signed in with it, and connected an account."""
    talkative.hire("Bo", Role.ADMIN)
    traveller = Traveller(talkative)
    _turned_away(talkative, talkative.visitors())
    _second_factor(traveller)
    _connected(traveller)
    talkative.visitors.forgive("422")
    return traveller


@pytest.fixture
def travelled(company: Company) -> Company:
    """A company in which somebody took a request, answered it, and failed to once more."""
    company.hire("Bo")
    return _answering(company, "Bo")


def _answering(company: Company, name: str) -> Company:
    page = company.at_work(name)
    company.happen(text=QUESTION)
    accept(page)
    _write(page, ANSWER)
    expect(article(page, f"Reply by {name}")).to_contain_text("Sent")
    company.sandbox.post("/_sandbox/faults", {"refuse_with": {"rate": 1, "only": ["send"]}})
    _write(page, REFUSED)
    expect(article(page, f"Reply by {name}")).to_contain_text("Failed")
    company.visitors.forgive("422")
    return company


def test_g_x4_logs_hold_no_secret_no_name_and_no_words(secretive: Traveller) -> None:
    company = secretive.company
    assert "account_connected" in company.stage.log("web")
    company.hire("Cy")
    _answering(company, "Cy")
    said = "".join(company.stage.log(name) for name in ("web", "worker", "clock"))
    environment = company.stage.environment
    hidden = [
        *secretive.hidden,
        *(environment[name] for name in ("SECRET_KEY", "INSTAGRAM_APP_SECRET", "INSTAGRAM_VERIFY_TOKEN")),
        *(PASSWORD, WRONG_PASSWORD, QUESTION, ANSWER, REFUSED, "bo@our.brand", "Lena Fischer", ACCOUNT, "IGAA"),
    ]
    assert len(secretive.hidden) > 10
    assert [one for one in hidden if one in said] == []


def test_one_message_is_followed_from_its_delivery_to_its_answer(travelled: Company) -> None:
    stored = eventually(lambda: _lines(travelled, "web", "delivery_stored"))[-1]
    requests = [one["request_id"] for one in _lines(travelled, "web", "delivery_stored")]
    applied = [one for line in _lines(travelled, "worker", "batch_applied") for one in line["events"]]
    queued = _lines(travelled, "web", "send_queued")[-1]
    ended = [line["send"] for line in _lines(travelled, "worker", "send_failed")]
    assert stored["events"] == 1
    assert [one for one in applied if one["request_id"] in requests and one.get("conversation")]
    assert queued["conversation"] in {one.get("conversation") for one in applied}
    assert queued["request_id"]
    assert queued["send"] in ended


def _turned_away(company: Company, page: Page) -> None:
    page.goto(f"{company.url}/login")
    page.get_by_label("Email").fill("bo@our.brand")
    page.get_by_label("Password").fill(WRONG_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("That email and password do not match.").wait_for()


def _second_factor(traveller: Traveller) -> None:
    company = traveller.company
    page = company.sign_in("Bo")
    page.goto(f"{company.url}/me")
    page.get_by_role("button", name="Turn on").click()
    secret = page.locator(".mono").inner_text()
    page.get_by_role("textbox", name="Code").fill(pyotp.TOTP(secret.replace(" ", "")).now())
    page.get_by_role("button", name="Turn on").click()
    shown = page.get_by_role("main").get_by_role("listitem")
    shown.first.wait_for()
    codes = shown.all_inner_texts()
    traveller.hidden += [secret, secret.replace(" ", ""), *codes]
    page = company.visitors()
    page.goto(f"{company.url}/login")
    page.get_by_label("Email").fill("bo@our.brand")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("textbox", name="Code").fill(codes[0])
    page.get_by_role("main").get_by_role("button").click()
    page.get_by_role("navigation", name="My Customers").wait_for()


def _connected(traveller: Traveller) -> None:
    page = traveller.company.visitors.pages[-1]
    page.on("request", lambda request: traveller.hidden.extend(parse_qs(urlsplit(request.url).query).get("code", [])))
    page.goto(f"{traveller.company.url}/instagram/connect")
    page.get_by_role("button", name="Allow").click()
    page.get_by_text("is connected.").wait_for()


def _write(page: Page, words: str) -> None:
    page.get_by_label("Message", exact=True).fill(words)
    page.get_by_role("button", name="Send", exact=True).click()


def _lines(company: Company, process: str, event: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in company.stage.log(process).splitlines() if line.startswith("{")]
    return [line for line in lines if line.get("event") == event]
