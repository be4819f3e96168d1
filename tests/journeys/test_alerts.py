"""What calls an agent who looks elsewhere: a sound, and a notification that goes when there is nothing to see."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Company, banner, eventually, ready

pytestmark = [pytest.mark.journey, pytest.mark.browser]

RECORDING = """
    window.tones = 0;
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...rest) { window.tones += 1; return start.apply(this, rest); };
    window.notifications = [];
    window.Notification = class {
        static permission = localStorage.getItem("permission") || "default";
        static async requestPermission() { return (this.permission = localStorage.getItem("permission") || "denied"); }
        constructor(title, { body }) { this.said = `${title}: ${body}`; window.notifications.push(this.said); }
        close() { window.notifications = window.notifications.filter((one) => one !== this.said); }
    };
    Object.defineProperty(document, "hidden", { get: () => localStorage.getItem("isAway") === "yes" });
"""
"""The browser's own loudspeaker and notifications, written down."""


@pytest.fixture
def bo(company: Company) -> Page:
    """Bo's page, of which one hears and sees what the system would."""
    company.hire("Bo")
    page = company.visitors()
    page.context.add_init_script(RECORDING)
    page = company.sign_in("Bo", page)
    page.get_by_role("switch", name="Messaging").click()
    ready(page)
    return page


def wish(page: Page, company: Company, permission: str) -> None:
    """Switches notifications on, in a browser that answers so."""
    page.goto(f"{company.url}/me")
    page.evaluate("permission => localStorage.setItem('permission', permission)", permission)
    page.get_by_role("switch", name="Desktop notifications").click()


def save(page: Page) -> None:
    page.locator("form", has=page.get_by_role("switch", name="Sounds")).get_by_role("button", name="Save").click()
    page.get_by_text("Saved.").wait_for()


def test_a_request_sounds_once_however_many_pages_show_it(company: Company, bo: Page) -> None:
    company.happen(text="Hello?")
    banner(bo).wait_for()
    eventually(lambda: bo.evaluate("window.tones == 2"))
    bo.goto(f"{company.url}/help")
    banner(bo).wait_for()
    ready(bo)
    assert bo.evaluate("window.tones") == 0


def test_whoever_switched_sounds_off_hears_none(company: Company, bo: Page) -> None:
    bo.goto(f"{company.url}/me")
    bo.get_by_role("switch", name="Sounds").uncheck()
    save(bo)
    company.happen(text="Hello?")
    banner(bo).wait_for()
    assert bo.evaluate("window.tones") == 0


def test_a_hidden_page_notifies_until_the_customer_unsends(company: Company, bo: Page) -> None:
    wish(bo, company, "granted")
    save(bo)
    bo.evaluate("localStorage.setItem('isAway', 'yes')")
    company.happen(text="Do not tell anybody.")
    eventually(lambda: bo.evaluate("window.notifications.length == 1"))
    assert "Do not tell anybody." in bo.evaluate("window.notifications[0]")
    company.happen("unsend")
    eventually(lambda: bo.evaluate("window.notifications.length == 0"))


def test_a_page_in_front_does_not_notify(company: Company, bo: Page) -> None:
    wish(bo, company, "granted")
    save(bo)
    company.happen(text="Hello?")
    banner(bo).wait_for()
    eventually(lambda: bo.evaluate("window.tones == 2"))
    assert bo.evaluate("window.notifications") == []


def test_a_browser_that_says_no_is_believed_and_explained(company: Company, bo: Page) -> None:
    wish(bo, company, "denied")
    expect(bo.get_by_role("alert")).to_contain_text("Your browser does not let this site show notifications.")
    expect(bo.get_by_role("switch", name="Desktop notifications")).not_to_be_checked()
