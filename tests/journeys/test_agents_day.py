"""An agent's working day: comments, likes, pictures, notes, topics, drafts, Instagram's faults, by mouse and keys."""

from collections.abc import Callable
from itertools import product
from typing import Literal

import pytest
from playwright.sync_api import Locator, Page, expect

from igapp import db, utc
from igapp.desk import topics
from igapp.instagram import connect
from igapp.models import User
from tests.journeys.conftest import TYPING_MS, Company, accept, article, eventually, open_lane, ready

pytestmark = pytest.mark.journey

Axe = Callable[[Page], None]
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def choose(page: Page, item: Locator, entry: str) -> None:
    """An entry of an item's menu."""
    item.hover()
    item.get_by_role("button", name="More actions").click()
    item.get_by_role("menuitem", name=entry).click()


def entries(item: Locator) -> list[str]:
    item.hover()
    item.get_by_role("button", name="More actions").click()
    found = item.get_by_role("menuitem").all_inner_texts()
    item.page.keyboard.press("Escape")
    return found


def test_a_comment_is_answered_publicly_and_privately_then_hidden_once(company: Company, axe: Axe) -> None:
    company.hire("Bo")
    page = company.at_work("Bo")
    company.happen("comment", text="What does the lamp cost?")
    accept(page, "@lena.fischer")
    expect(page.get_by_role("radio", name="Comment reply")).to_be_checked()
    expect(page.get_by_role("textbox", name="Comment reply")).to_be_focused()
    axe(page)
    page.keyboard.type("89 €, and it ships today")
    page.keyboard.press("Control+Enter")
    comment = article(page, "Comment from @lena.fischer")
    expect(article(page, "Comment reply by Bo")).to_contain_text("Sent")
    choose(page, comment, "Reply with Instagram DM")
    expect(page.get_by_text("Private reply to this comment")).to_be_visible()
    expect(page.get_by_role("button", name="Attach images")).to_have_count(0)
    page.get_by_role("textbox", name="Message").fill("Shall I keep one for you?")
    page.get_by_role("button", name="Send").click()
    expect(article(page, "Private reply by Bo")).to_contain_text("Sent")
    eventually(lambda: entries(comment) == ["Hide comment", "Delete comment"])
    choose(page, comment, "Hide comment")
    question = page.get_by_role("alertdialog", name="Hide this comment?")
    axe(page)
    question.get_by_role("button", name="Hide").dblclick()
    expect(comment).to_contain_text("Hidden")
    assert (company.calls("reply"), company.calls("hide"), company.calls("send")) == (1, 1, 1)
    assert company.at_instagram() == ["Shall I keep one for you?"]


def test_a_message_is_liked_by_key_and_the_like_taken_back(company: Company, bo: Page) -> None:
    bo.get_by_role("log", name="Timeline").focus()
    bo.keyboard.press("l")
    liked = article(bo, "Message from Lena Fischer").get_by_role("button", name="Liked")
    liked.click()
    expect(liked).to_have_count(0)
    assert company.calls("send") == 2


def test_a_note_names_a_teammate_who_sees_it(company: Company, bo: Page) -> None:
    company.hire("Cy")
    cy = company.sign_in("Cy")
    ready(cy)
    open_lane(bo, "Note")
    note = bo.get_by_role("textbox", name="Note")
    note.press_sequentially("Please look @c", delay=TYPING_MS)
    bo.get_by_role("option", name="Cy").click()
    bo.keyboard.press("Control+Enter")
    expect(article(bo, "Note by Bo")).to_contain_text("@Cy")
    cy.get_by_role("button", name="Bo mentioned you").click()
    cy.get_by_role("heading", name="Lena Fischer").wait_for()
    expect(cy.get_by_text("Bo mentioned you")).to_have_count(0)
    assert company.at_instagram() == []


def test_g_s9_what_came_while_one_wrote_is_shown_before_it_is_sent(company: Company, bo: Page) -> None:
    bo.get_by_role("textbox", name="Message").fill("Let me look")
    company.happen(text="Never mind, I found it")
    article(bo, "Message from Lena Fischer").get_by_text("Never mind").wait_for()
    bo.get_by_role("button", name="Send", exact=True).click()
    expect(bo.get_by_role("alert")).to_contain_text("Never mind, I found it")
    assert company.at_instagram() == []
    bo.get_by_role("button", name="Send anyway").click()
    expect(article(bo, "Reply by Bo")).to_contain_text("Sent")
    assert company.at_instagram() == ["Let me look"]
    company.visitors.forgive("422")


def test_a_draft_waits_on_another_device(company: Company, bo: Page) -> None:
    bo.get_by_role("textbox", name="Message").press_sequentially("Dear Lena, about your", delay=TYPING_MS)
    path = bo.url
    bo.wait_for_timeout(1500)
    other = company.sign_in("Bo")
    other.goto(path)
    expect(other.get_by_role("textbox", name="Message")).to_have_value("Dear Lena, about your")


def test_g_s3_a_lost_answer_is_looked_for_and_never_sent_twice(company: Company, bo: Page) -> None:
    company.sandbox.post("/_sandbox/faults", {"lost_answers": {"rate": 1, "times": 1}, "no_echo": True})
    bo.get_by_role("textbox", name="Message").fill("Only once")
    bo.get_by_role("button", name="Send").click()
    expect(article(bo, "Reply by Bo")).to_contain_text("Sent", timeout=20_000)
    assert company.at_instagram() == ["Only once"]


def test_what_waits_for_the_rate_limit_says_so_and_goes_out(company: Company, bo: Page) -> None:
    company.sandbox.post("/_sandbox/faults", {"rate_limit": {"rate": 1, "minutes": 1}})
    bo.get_by_role("textbox", name="Message").fill("Patience")
    bo.get_by_role("button", name="Send").click()
    reply = article(bo, "Reply by Bo")
    expect(reply).to_contain_text("Waiting")
    expect(reply).to_contain_text("rate limit")
    expect(reply.get_by_role("button", name="Discard")).to_be_visible()


def test_s7_what_waits_for_a_token_goes_out_after_reconnecting(company: Company, bo: Page) -> None:
    company.sandbox.post("/_sandbox/faults", {"expired_token": True})
    bo.get_by_role("textbox", name="Message").fill("Later")
    bo.get_by_role("button", name="Send").click()
    expect(article(bo, "Reply by Bo")).to_contain_text("must be reconnected")
    company.sandbox.post("/_sandbox/faults", {"expired_token": False})
    token = company.sandbox.get("/_sandbox/state")["accounts"][0]["token"]
    with company.desk():
        connect.by_token(token, utc.now())
    expect(article(bo, "Reply by Bo")).to_contain_text("Sent", timeout=15_000)
    assert company.at_instagram() == ["Later"]


def test_topic_and_closing_by_keyboard(company: Company, bo: Page, axe: Axe) -> None:
    with company.desk():
        user = db.session().query(User).first()
        assert user is not None
        topics.create("Exchange", topics.create("Returns", None, user, utc.now()), user, utc.now())
    company.change(needs_topic=True)
    bo.reload()
    ready(bo)
    expect(bo.get_by_role("button", name="Close", exact=True)).to_be_disabled()
    bo.get_by_role("log", name="Timeline").focus()
    bo.keyboard.press("#")
    field = bo.get_by_role("combobox", name="Topic")
    field.press_sequentially("exch", delay=TYPING_MS)
    expect(bo.locator("#topic-options").get_by_role("option")).to_have_text(["Returns › Exchange"])
    axe(bo)
    bo.keyboard.press("Enter")
    bo.get_by_role("button", name="Remove topic Exchange").wait_for()
    expect(bo.get_by_role("button", name="Close", exact=True)).to_be_enabled()
    bo.get_by_role("log", name="Timeline").focus()
    bo.keyboard.press("e")
    bo.get_by_role("alertdialog").get_by_role("button", name="Close").click()
    expect(article(bo, "Closed by Bo")).to_be_visible()


def test_the_palette_finds_and_runs_commands(company: Company, bo: Page, axe: Axe) -> None:
    bo.keyboard.press("Control+k")
    bo.get_by_role("combobox", name="Command").wait_for()
    axe(bo)
    bo.keyboard.type("no reply")
    bo.keyboard.press("Enter")
    bo.get_by_role("button", name="Undo").click()
    expect(article(bo, "No Reply Needed undone by Bo")).to_be_visible()


def test_two_profiles_are_found_compared_and_merged(company: Company, bo: Page, axe: Axe) -> None:
    company.happen(person="michelle", text="It is me, Lena")
    michelle = company.customer_id("Michelle Okafor")
    bo.get_by_role("button", name="Merge with another profile").click()
    bo.get_by_role("searchbox", name="Find a profile").press_sequentially("michelle", delay=TYPING_MS)
    bo.get_by_role("radio", name="Michelle Okafor").wait_for()
    bo.get_by_role("button", name="Compare").click()
    question = bo.get_by_role("alertdialog")
    axe(bo)
    question.get_by_role("button", name="Merge").click()
    article(bo, "Merged with another profile by Bo").wait_for()
    kept = bo.url
    bo.goto(f"{company.url}/customers/{michelle}")
    assert bo.url == kept


def test_agents_on_one_profile_see_each_other(company: Company, bo: Page) -> None:
    company.hire("Cy")
    cy = company.sign_in("Cy")
    cy.goto(bo.url)
    expect(bo.get_by_role("status", name="Teammates here")).to_have_text("Cy is viewing")
    cy.get_by_role("textbox", name="Message").press_sequentially("I think", delay=TYPING_MS)
    expect(bo.get_by_role("status", name="Teammates here")).to_have_text("Cy is typing")


@pytest.mark.browser
def test_every_lane_is_readable_by_everybody(company: Company, axe: Axe) -> None:
    company.hire("Bo")
    page = company.sign_in("Bo")
    company.happen(text="See https://our.brand/couch")
    company.happen("comment", text="Lovely lamp")
    lena = company.customer_id("Lena Fischer")
    for lane, width, scheme in product(("Direct message", "Comment reply", "Note"), (1440, 1024, 390), SCHEMES):
        page.set_viewport_size({"width": width, "height": 860})
        page.emulate_media(color_scheme=scheme)
        page.goto(f"{company.url}/customers/{lena}")
        open_lane(page, lane)
        page.locator("#message").fill("See https://our.brand/lamp. " + "é" * 630)
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (lane, width, scheme)
