"""What administrators do on a day: connect, let in, keep out, look for what failed, erase, read and download."""

import csv
import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Locator, Page, expect

from igapp import clock, db, utc
from igapp.instagram import ledger
from igapp.models import Event, Outcome, Role
from tests.infra.browser import Visitors
from tests.infra.stage import Stage
from tests.journeys.conftest import ACCOUNT, PASSWORD, Company, accept, article, banner, eventually, ready, seconds_left

pytestmark = pytest.mark.journey


@pytest.fixture
def founded(product: Stage, visitors: Visitors) -> Company:
    """A company that has no account yet."""
    return Company(product, visitors)


def opened(page: Page, heading: str) -> Page:
    """One of the settings pages, by the word that leads to it."""
    page.get_by_role("link", name="Settings", exact=True).first.click()
    page.get_by_role("main").get_by_role("link", name=heading).first.click()
    page.get_by_role("heading", level=1, name=heading, exact=True).wait_for()
    return page


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Saved. It holds for what begins from now on.").wait_for()


def row(page: Page, words: str) -> Locator:
    return page.get_by_role("row").filter(has_text=words)


def downloaded(page: Page, folder: Path) -> list[list[str]]:
    """The CSV that the page offers."""
    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").click()
    download.value.save_as(folder / "download.csv")
    return list(csv.reader((folder / "download.csv").read_text("utf-8-sig").splitlines()))


def test_an_account_is_connected_at_instagram_disconnected_and_connected_by_a_token(founded: Company) -> None:
    founded.hire("Ada", Role.ADMIN)
    ada = founded.sign_in("Ada")
    opened(ada, "Instagram accounts").get_by_role("link", name="Connect with Instagram").click()
    ada.get_by_label(ACCOUNT, exact=True).check()
    ada.get_by_role("button", name="Allow").click()
    ada.get_by_text(f"@{ACCOUNT} is connected.").wait_for()
    expect(row(ada, "Subscribed")).to_contain_text("message_reactions")
    ada.get_by_role("button", name="Disconnect").click()
    ada.get_by_role("alertdialog", name=f"Disconnect @{ACCOUNT}?").get_by_role("button", name="Disconnect").click()
    expect(row(ada, "State")).to_contain_text("Disconnected")
    opened(ada, "Instagram accounts").get_by_text("Paste a token instead").click()
    ada.get_by_label("Access token").fill("no token at all")
    ada.get_by_role("button", name="Connect", exact=True).click()
    expect(ada.get_by_role("alert")).to_contain_text("does not accept this token")
    ada.get_by_label("Access token").fill(founded.account()["token"])
    ada.get_by_role("button", name="Connect", exact=True).click()
    expect(row(ada, "State")).to_contain_text("Connected")
    founded.visitors.forgive("422")


def test_without_scripts_an_account_is_disconnected_after_the_same_question(company: Company) -> None:
    company.hire("Ada", Role.ADMIN)
    ada = company.sign_in("Ada", java_script_enabled=False)
    opened(ada, "Instagram accounts").get_by_role("link", name=f"@{ACCOUNT}").click()
    ada.get_by_role("button", name="Disconnect").click()
    ada.get_by_role("alertdialog", name=f"Disconnect @{ACCOUNT}?").get_by_role("button", name="Disconnect").click()
    expect(row(ada, "State")).to_contain_text("Disconnected")


def test_what_an_account_lets_in_is_switched_and_the_ledger_says_so(company: Company) -> None:
    company.hire("Ada", Role.ADMIN)
    ada = company.at_work("Ada")
    opened(ada, "Instagram accounts").get_by_role("link", name=f"@{ACCOUNT}").click()
    ada.get_by_role("switch", name="Direct messages").uncheck()
    save(ada)
    company.happen(text="Is anybody there?")
    opened(ada, "Delivery ledger")
    eventually(lambda: ada.reload() and row(ada, "Ignored").count())
    expect(row(ada, "Ignored")).to_contain_text("switched off")
    assert company.offers() == 0
    opened(ada, "Instagram accounts").get_by_role("link", name=f"@{ACCOUNT}").click()
    ada.get_by_role("switch", name="Direct messages").check()
    save(ada)
    company.happen(text="And now?")
    ada.goto(company.url)
    expect(banner(ada)).to_contain_text("And now?")


def test_who_is_invited_chooses_a_password_and_once_deactivated_is_out(company: Company) -> None:
    company.hire("Ada", Role.ADMIN)
    ada, cy = company.sign_in("Ada"), company.visitors()
    opened(ada, "Users").get_by_label("Email").fill("cy@our.brand")
    ada.get_by_label("Name").fill("Cy")
    ada.get_by_role("button", name="Invite").click()
    cy.goto(ada.get_by_role("textbox", name="Link for Cy").input_value())
    for field in cy.get_by_label("password").all():
        field.fill(PASSWORD)
    cy.get_by_role("main").get_by_role("button").click()
    ready(cy)
    row(ada, "cy@our.brand").get_by_role("button", name="Deactivate").click()
    ada.get_by_role("alertdialog", name="Deactivate Cy?").get_by_role("button", name="Deactivate").click()
    expect(row(ada, "cy@our.brand")).to_contain_text("Deactivated")
    expect(cy.get_by_role("heading", name="Sign in")).to_be_visible(timeout=20_000)  # the page goes there by itself
    cy.get_by_label("Email").fill("cy@our.brand")
    cy.get_by_label("Password").fill(PASSWORD)
    cy.get_by_role("button", name="Sign in").click()
    expect(cy.get_by_text("That email and password do not match.")).to_be_visible()
    company.visitors.forgive("401|422|WebSocket")


def test_a_changed_limit_holds_for_the_next_offer(company: Company) -> None:
    company.hire("Ada", Role.ADMIN)
    ada = company.at_work("Ada")
    opened(ada, "Conversation workflow").get_by_label("Seconds to accept an offer").fill("301")
    ada.get_by_role("button", name="Save").click()
    expect(ada.get_by_role("alert")).to_have_text("The seconds to accept an offer must be from 5 to 300.")
    expect(ada.get_by_label("Seconds to accept an offer")).to_have_value("301")
    ada.get_by_label("Seconds to accept an offer").fill("240")
    save(ada)
    ada.goto(company.url)
    company.happen(text="Hello?")
    banner(ada).wait_for()
    assert seconds_left(ada) > 200
    company.visitors.forgive("422")


def test_what_failed_is_applied_by_a_replay(company: Company) -> None:
    company.hire("Ada", Role.ADMIN)
    ada = company.sign_in("Ada")
    park(company, "It was not lost")
    opened(ada, "Delivery ledger")
    row(ada, "Failed: It broke").get_by_role("link").first.click()
    ada.get_by_role("button", name="Replay").click()
    ada.get_by_text("It is being tried again.").wait_for()
    eventually(lambda: ada.reload() and ada.get_by_text("Became a message in the timeline").count())
    eventually(lambda: ada.reload() and ada.get_by_role("link", name="Lena Fischer").count())
    ada.get_by_role("main").get_by_role("link", name="Lena Fischer").click()
    expect(article(ada, "Message from Lena Fischer")).to_contain_text("It was not lost")


def test_an_erased_customer_is_gone_and_the_receipt_says_what_went(company: Company) -> None:
    company.hire("Ada", Role.ADMIN)
    ada = company.at_work("Ada")
    company.happen(text="Forget me, please")
    accept(ada)
    profile = ada.url
    opened(ada, "Privacy").get_by_label("Find a customer").fill("Lena")
    ada.get_by_role("button", name="Find").click()
    ready(ada)
    ada.get_by_role("button", name="Erase").click()
    ada.get_by_role("alertdialog", name="Erase Lena Fischer?").get_by_role("button", name="Erase").click()
    receipt = ada.get_by_role("region", name="Receipts").get_by_role("row").nth(1)
    expect(receipt).to_contain_text("Done")
    expect(receipt).to_contain_text("1 profile")
    receipt.get_by_role("link").click()
    expect(ada.get_by_role("heading", name="Data deletion")).to_be_visible()
    answer = ada.goto(profile)
    assert answer is not None
    assert answer.status == 404
    company.visitors.forgive("404")


def test_reports_and_the_audit_log_say_what_was_done_on_the_page_and_as_csv(company: Company, tmp_path: Path) -> None:
    company.hire("Ada", Role.ADMIN)
    ada = company.at_work("Ada")
    company.happen(text="Hello?")
    accept(ada)
    ada.get_by_role("textbox", name="Message").fill("Good morning")
    ada.get_by_role("button", name="Send").click()
    expect(article(ada, "Reply by Ada")).to_contain_text("Sent")
    with company.desk():
        assert clock.at_once("reports")
    ada.goto(f"{company.url}/reports?days=1")
    expect(ada.get_by_role("row").filter(has_text="Ada")).to_be_visible()
    lines = downloaded(ada, tmp_path)
    assert ["Agent", "Ada", "1", "1", "1"] in [line[:5] for line in lines]
    opened(ada, "Conversation workflow").get_by_role("switch", name="Require a topic before closing").check()
    save(ada)
    opened(ada, "Audit log")
    expect(row(ada, "needs_topic")).to_contain_text("off → on")
    assert any(line[1:4] == ["Ada", "setting.changed", "needs_topic"] for line in downloaded(ada, tmp_path))


def park(company: Company, text: str) -> None:
    """A message that arrived and could not be applied, as after a bug that is mended since."""
    account, now, mid = company.account(), utc.now(), company.happen(text=text, deliver="none")["mid"]
    people = company.sandbox.get("/_sandbox/state")["people"]
    lena = next(one for one in people if one["key"] == "lena")["identities"][ACCOUNT]["igsid"]
    at = int(now.timestamp() * 1000)
    message = {"sender": {"id": lena}, "recipient": {"id": account["user_id"]}, "timestamp": at}
    entry = {"id": account["user_id"], "time": at, "messaging": [message | {"message": {"mid": mid, "text": text}}]}
    with company.desk():
        ledger.record(json.dumps({"object": "instagram", "entry": [entry]}).encode(), "r1", now)
        db.session().execute(sa.update(Event).values(outcome=Outcome.FAILED, reason="It broke", ended_at=now))
