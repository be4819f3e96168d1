"""S9: what a reply is held against is what the thread showed when it was begun, neither more nor less."""

import pytest
from playwright.sync_api import Page, expect

from igapp import db, utc
from igapp.desk import replies
from igapp.models import Customer, User
from tests.journeys.conftest import Company, article, eventually, open_lane, ready
from tests.journeys.test_composing import hold_the_first

pytestmark = pytest.mark.journey


def answer_as_cy(company: Company, text: str) -> None:
    """A colleague answers the one customer there is."""
    with company.desk():
        cy = db.session().query(User).filter_by(name="Cy").one()
        replies.reply(db.session().query(Customer).one(), cy, text, f"of cy: {text}", utc.now())


def message(page: Page, text: str) -> None:
    """Wait until the thread shows a message of the customer."""
    article(page, "Message from Lena Fischer").get_by_text(text).wait_for()


def send(page: Page) -> None:
    page.get_by_role("button", name="Send", exact=True).click()


def test_g_s9_what_the_thread_does_not_show_yet_refuses_though_the_composer_is_newer(
    company: Company, bo: Page
) -> None:
    company.hire("Cy")
    held = hold_the_first(bo, "**/timeline?**")
    with bo.expect_response("**/composer?**"):
        answer_as_cy(company, "It is on its way")
    bo.wait_for_timeout(500)
    bo.get_by_role("textbox", name="Message").fill("Let me look")
    send(bo)
    expect(bo.get_by_role("alert")).to_contain_text("Cy answered meanwhile: “It is on its way”")
    held[0].continue_()
    send(bo)
    expect(article(bo, "Reply by Bo")).to_contain_text("Sent")
    assert company.at_instagram() == ["It is on its way", "Let me look"]
    company.visitors.forgive("422")


def test_g_s9_what_the_thread_shows_already_is_known_though_the_composer_is_older(company: Company, bo: Page) -> None:
    held = hold_the_first(bo, "**/composer?**")
    company.happen(text="One more thing")
    message(bo, "One more thing")
    bo.get_by_role("textbox", name="Message").fill("What is it?")
    send(bo)
    expect(article(bo, "Reply by Bo")).to_contain_text("Sent")
    assert company.at_instagram() == ["What is it?"]
    for route in held:
        route.continue_()


def test_g_s9_each_reply_is_held_against_what_its_own_beginning_saw(company: Company, bo: Page) -> None:
    bo.get_by_role("textbox", name="Message").fill("First")
    send(bo)
    expect(article(bo, "Reply by Bo")).to_contain_text("Sent")
    company.happen(text="Between them")
    message(bo, "Between them")
    bo.get_by_role("textbox", name="Message").fill("Second")
    company.happen(text="And then")
    message(bo, "And then")
    send(bo)
    expect(bo.get_by_role("alert")).to_contain_text("Lena Fischer wrote meanwhile: “And then”")
    assert company.at_instagram() == ["First"]
    company.visitors.forgive("422")


def test_g_s9_a_look_into_another_lane_makes_nothing_known(company: Company, bo: Page) -> None:
    bo.get_by_role("textbox", name="Message").fill("Let me look")
    company.happen(text="Never mind")
    message(bo, "Never mind")
    open_lane(bo, "Note")
    bo.get_by_role("textbox", name="Note").wait_for()
    open_lane(bo, "Direct message")
    expect(bo.get_by_role("textbox", name="Message")).to_have_value("Let me look")
    send(bo)
    expect(bo.get_by_role("alert")).to_contain_text("Never mind")
    assert company.at_instagram() == []
    company.visitors.forgive("422")


def test_g_s9_a_draft_on_a_page_that_is_opened_again_knows_what_that_page_shows(company: Company, bo: Page) -> None:
    bo.get_by_role("textbox", name="Message").fill("Let me look")
    company.happen(text="Are you there?")
    message(bo, "Are you there?")
    bo.reload()
    ready(bo)
    expect(bo.get_by_role("textbox", name="Message")).to_have_value("Let me look")
    send(bo)
    expect(article(bo, "Reply by Bo")).to_contain_text("Sent")


def test_g_s9_where_old_messages_are_open_alone_news_is_what_came_since(company: Company, bo: Page) -> None:
    company.happen(text="The second")
    message(bo, "The second")
    bo.goto(f"{company.url}/search?q=hello")
    bo.get_by_role("main").get_by_role("link", name="Lena Fischer").last.click()
    bo.get_by_role("link", name="Newest messages").wait_for()
    ready(bo)
    bo.get_by_role("textbox", name="Message").fill("About your first message")
    send(bo)
    expect(article(bo, "Reply by Bo")).to_contain_text("About your first message")
    expect(bo.get_by_role("textbox", name="Message")).to_have_value("")
    bo.go_back()
    bo.get_by_role("link", name="Newest messages").wait_for()
    ready(bo)
    company.happen(text="The third")
    eventually(lambda: company.calls("send") == 1)
    bo.wait_for_timeout(1_500)
    bo.get_by_role("textbox", name="Message").fill("And another thing")
    send(bo)
    expect(bo.get_by_role("alert")).to_contain_text("The third")
    company.visitors.forgive("422")
