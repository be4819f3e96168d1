"""A bad network, an ended session, an impatient hand: nothing is lost, done twice, or said where it was not meant."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import PASSWORD, Company

pytestmark = pytest.mark.journey


@pytest.fixture(autouse=True)
def bad_moments(company: Company) -> Iterator[None]:
    """What a browser says of a network that is away, or of an answer that is an error, is meant here."""
    yield
    for context in company.visitors.contexts:
        context.close()  # nothing more is said
    company.visitors.forgive("ERR_|htmx:|WebSocket|Failed to load")


def write(page: Page, text: str, lane: str = "Message") -> None:
    page.locator(f"#message[aria-label='{lane}']").fill(text)


def test_what_was_written_when_the_session_had_ended_is_there_after_the_next_sign_in(
    company: Company, bo: Page
) -> None:
    for path in ("drafts", "viewers"):  # that somebody types tells the page as well
        bo.route(f"**/{path}*", lambda route: route.abort())
    write(bo, "Half a sentence, and the other half")
    bo.context.clear_cookies()
    bo.get_by_role("button", name="Send").click()
    bo.get_by_label("Email").wait_for()
    bo.unroute_all()
    bo.get_by_label("Email").fill("bo@our.brand")
    bo.get_by_label("Password").fill(PASSWORD)
    bo.get_by_role("button", name="Sign in").click()
    bo.get_by_role("heading", level=1, name="Lena Fischer").wait_for()
    expect(bo.get_by_label("Message", exact=True)).to_have_value("Half a sentence, and the other half")
    assert company.at_instagram() == []
