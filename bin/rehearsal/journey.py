"""One day of a new company, in a browser: sign in, connect the account, a message comes in and is answered."""

import requests
from playwright.sync_api import Page, expect, sync_playwright

from launching.chromium import ARGUMENTS, chromium

EMAIL, NAME = "ada@our.brand", "Ada"
QUESTION, ANSWER = "Where is my parcel?", "It arrives tomorrow."
PATIENCE_MS = 20_000


def travel(url: str, sandbox_url: str, password: str) -> None:
    """Go all the way; raises AssertionError or TimeoutError where it does not go on."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        page = browser.new_page()
        page.set_default_timeout(PATIENCE_MS)
        _sign_in(page, url, password)
        _connect(page, url)
        _answer(page, url, sandbox_url)
        browser.close()


def _sign_in(page: Page, url: str, password: str) -> None:
    page.goto(f"{url}/login")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("navigation", name="My Customers").wait_for()


def _connect(page: Page, url: str) -> None:
    """By Business Login, on Instagram's own page."""
    page.goto(f"{url}/settings/accounts")
    page.get_by_role("link", name="Connect with Instagram").click()
    page.get_by_role("button", name="Allow").click()
    page.get_by_text("is connected.").wait_for()


def _answer(page: Page, url: str, sandbox_url: str) -> None:
    page.goto(url)
    page.get_by_role("switch", name="Messaging").click()
    page.get_by_role("switch", name="Messaging", checked=True).wait_for()
    event = {"kind": "text", "person": "lena", "text": QUESTION}
    requests.post(f"{sandbox_url}/_sandbox/events", json=event, timeout=20).raise_for_status()
    expect(page.get_by_role("region", name="Incoming request")).to_contain_text(QUESTION)
    page.get_by_role("button", name="Accept").click()
    page.get_by_label("Message", exact=True).fill(ANSWER)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("article", name=f"Reply by {NAME}")).to_contain_text("Sent")


def at_instagram(sandbox_url: str) -> list[str]:
    """What the company has sent, as Instagram has it."""
    sent = requests.get(f"{sandbox_url}/_sandbox/messages?direction=out", timeout=20).json()
    return [one["text"] for one in sent]
