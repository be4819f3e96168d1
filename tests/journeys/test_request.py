"""A direct message becomes a green banner, is accepted and answered."""

import re
import time

import pytest
from playwright.sync_api import expect

from igapp.models import Role
from tests.journeys.conftest import Company, article, banner, eventually, ready, seconds_left

pytestmark = pytest.mark.journey

PATIENCE_SECONDS = 3
"""A second on a machine with nothing else to do; the benchmark measures it, here other tests run beside."""


def test_a_message_becomes_a_banner_is_accepted_and_answered(company: Company) -> None:
    company.hire("Bo")
    page = company.at_work("Bo")
    company.happen(text="Where is my parcel?")
    expect(banner(page)).to_contain_text("Where is my parcel?")
    expect(page).to_have_title("(1) Incoming request · My Customers · igapp")

    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Lena Fischer")
    ready(page)
    expect(page.get_by_label("Message", exact=True)).to_be_focused()
    expect(article(page, "Message from Lena Fischer")).to_contain_text("Where is my parcel?")

    page.keyboard.type("It arrives tomorrow.")
    page.keyboard.press("Control+Enter")
    reply = article(page, "Reply by Bo")
    expect(reply).to_contain_text("It arrives tomorrow.")
    expect(reply).to_contain_text("Sent")
    assert company.at_instagram() == ["It arrives tomorrow."]

    company.happen("read")
    expect(reply).to_contain_text("Seen")
    company.happen(text="Thank you!")
    expect(article(page, "Message from Lena Fischer")).to_contain_text("Thank you!")
    expect(page.get_by_role("article", name="Reply by Bo")).to_have_count(1)


def test_the_banner_is_in_all_tabs_within_a_second_and_goes_from_all(company: Company) -> None:
    company.hire("Bo")
    first = company.at_work("Bo")
    second = company.tab(first, "/help")
    expect(second.get_by_role("status", name="Connection")).to_have_text("Live")
    began = time.monotonic()
    company.happen(text="Hello?")
    for tab in (first, second):
        banner(tab).wait_for()
    assert time.monotonic() - began < PATIENCE_SECONDS
    second.get_by_role("button", name="Decline").click()
    for tab in (first, second):
        expect(banner(tab)).to_have_count(0)


def test_there_is_no_banner_on_a_settings_page(company: Company) -> None:
    company.hire("Ada", role=Role.ADMIN)
    page = company.at_work("Ada")
    settings = company.tab(page, "/settings/workflow")
    company.happen(text="Hello?")
    banner(page).wait_for()
    settings.wait_for_timeout(500)
    expect(banner(settings)).to_have_count(0)


def test_a_declined_request_goes_to_another_agent(company: Company) -> None:
    company.hire("Bo")
    company.hire("Cy")
    pages = [company.at_work("Bo"), company.at_work("Cy")]
    company.happen(text="Hello?")
    asked = eventually(lambda: next((page for page in pages if banner(page).count()), None))
    other = next(page for page in pages if page is not asked)
    asked.keyboard.press("d")
    banner(other).wait_for()
    expect(banner(asked)).to_have_count(0)
    expect(asked.get_by_text("Paused until Next")).to_be_visible()


def test_an_unanswered_request_goes_on_and_says_so_to_a_late_accept(company: Company) -> None:
    company.hire("Bo")
    company.change(offer_seconds=5)
    page = company.at_work("Bo")
    company.happen(text="Hello?")
    banner(page).wait_for()
    expect(banner(page)).to_have_count(0, timeout=8_000)
    expect(page.get_by_text("Paused until Next")).to_be_visible()


def test_a_reload_keeps_the_remaining_time(company: Company) -> None:
    company.hire("Bo")
    page = company.at_work("Bo")
    company.happen(text="Hello?")
    banner(page).wait_for()
    page.wait_for_timeout(2_500)
    before = seconds_left(page)
    page.reload()
    assert before - 2 <= seconds_left(page) <= before <= 28


def test_the_banner_never_takes_the_focus_from_someone_typing(company: Company) -> None:
    company.hire("Bo")
    page = company.at_work("Bo")
    company.happen(text="First")
    page.get_by_role("button", name="Accept").click()
    page.get_by_label("Message", exact=True).fill("half a sent")
    company.happen(person="michelle", text="Second")
    banner(page).wait_for()
    page.keyboard.type("ence, and d and a are letters")
    expect(page.get_by_label("Message", exact=True)).to_have_value("half a sentence, and d and a are letters")
    expect(banner(page)).to_be_visible()
    # The profile may come later than the banner.
    announced = re.compile("Incoming request from (Michelle Okafor|Instagram user): Second")
    expect(page.locator("[data-announcer]")).to_contain_text(announced)


def test_two_tabs_accept_and_the_later_one_is_told(company: Company) -> None:
    company.hire("Bo")
    first = company.at_work("Bo")
    second = company.tab(first)
    company.happen(text="Hello?")
    for tab in (first, second):
        banner(tab).wait_for()
    second.route("**/desk/banner*", lambda route: route.abort())
    first.get_by_role("button", name="Accept").click()
    first.get_by_role("heading", name="Lena Fischer").wait_for()
    second.get_by_role("button", name="Accept").click()
    expect(second.get_by_text("This request was routed to another agent.")).to_be_visible()
    company.visitors.forgive("ERR_FAILED|422|htmx:")


def test_news_of_ones_own_customer_is_a_banner_on_other_pages(company: Company) -> None:
    company.hire("Bo")
    page = company.at_work("Bo")
    company.happen(text="First")
    page.get_by_role("button", name="Accept").click()
    page.get_by_role("heading", name="Lena Fischer").wait_for()
    page.goto(f"{company.url}/help")
    company.happen(text="And another thing")
    news = page.get_by_role("region", name="New message")
    expect(news).to_contain_text("And another thing")
    news.get_by_role("button", name="Reply").click()
    ready(page)
    expect(page.get_by_label("Message", exact=True)).to_be_focused()


def test_each_news_of_one_customer_is_announced(company: Company) -> None:
    company.hire("Bo")
    page = company.at_work("Bo")
    company.happen(text="First")
    page.get_by_role("button", name="Accept").click()
    page.get_by_role("heading", name="Lena Fischer").wait_for()
    page.goto(f"{company.url}/help")
    ready(page)
    announcer = page.locator("[data-announcer]")
    for text in ("And another thing", "And one more"):
        company.happen(text=text)
        expect(announcer).to_have_text(f"New message from Lena Fischer: {text}")
        page.wait_for_timeout(1_000)
