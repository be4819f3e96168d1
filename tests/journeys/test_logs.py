"""What the processes write down of a whole journey: each step with its ids, and nothing that is written or hidden."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import ACCOUNT, PASSWORD, Company, article, eventually

pytestmark = pytest.mark.journey

QUESTION, ANSWER, REFUSED = "Where is parcel 4711?", "It arrives on Friday.", "This one does not arrive."
WRONG_PASSWORD = "a wrong password of hers"


@pytest.fixture
def travelled(company: Company) -> Company:
    """A company in which somebody was turned away, signed in, took a request, answered it, and failed to once more."""
    company.hire("Bo")
    page = company.visitors()
    _turned_away(company, page)
    page = company.at_work("Bo")
    company.happen(text=QUESTION)
    page.get_by_role("button", name="Accept").click()
    _write(page, ANSWER)
    expect(article(page, "Reply by Bo")).to_contain_text("Sent")
    company.sandbox.post("/_sandbox/faults", {"refuse_with": {"rate": 1, "only": ["send"]}})
    _write(page, REFUSED)
    expect(article(page, "Reply by Bo")).to_contain_text("Failed")
    company.visitors.forgive("422")
    return company


def test_g_x4_logs_hold_no_secret_no_name_and_no_words(travelled: Company) -> None:
    said = "".join(travelled.stage.log(name) for name in ("web", "worker", "clock"))
    accounts = travelled.sandbox.get("/_sandbox/state")["accounts"]
    environment = travelled.stage.environment
    hidden = [
        *(one["token"] for one in accounts),
        *(environment[name] for name in ("SECRET_KEY", "INSTAGRAM_APP_SECRET", "INSTAGRAM_VERIFY_TOKEN")),
        *(PASSWORD, WRONG_PASSWORD, QUESTION, ANSWER, REFUSED, "bo@our.brand", "Lena Fischer", ACCOUNT),
    ]
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


def _write(page: Page, words: str) -> None:
    page.get_by_label("Message", exact=True).fill(words)
    page.get_by_role("button", name="Send", exact=True).click()


def _lines(company: Company, process: str, event: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in company.stage.log(process).splitlines() if line.startswith("{")]
    return [line for line in lines if line.get("event") == event]
