"""What an agent knows of a customer and may still do: clocks, reply windows, details, search, blocking."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from igapp import bell, db, utc
from igapp.models import Identity, MessagingSession
from tests.journeys.conftest import Company, accept, article

pytestmark = pytest.mark.journey


def make_older(company: Company, ago: timedelta) -> None:
    """Let the customer's message have come so long ago."""
    with company.desk():
        for session in db.session().scalars(sa.select(MessagingSession)):
            session.due_at = session.unanswered_at = utc.now() - ago
            session.conversation.due_at = session.due_at
        for identity in db.session().scalars(sa.select(Identity)):
            identity.window_opened_at = utc.now() - ago
            bell.ring(f"customer:{identity.customer_id}")


def test_the_due_time_counts_down_turns_late_and_goes_with_the_answer(company: Company, bo: Page) -> None:
    head = bo.locator("#head")
    expect(head).to_contain_text(re.compile(r"Reply due in (59|60) min|Reply due in 1 h"))
    make_older(company, timedelta(minutes=12))
    expect(head).to_contain_text("overdue by 12 min")
    bo.get_by_role("textbox", name="Message").fill("Here I am")
    bo.get_by_role("button", name="Send").click()
    expect(article(bo, "Reply by Bo")).to_contain_text("Sent")
    expect(head).not_to_contain_text("due")


def test_after_a_day_a_person_may_answer_and_after_seven_nobody(company: Company, bo: Page) -> None:
    make_older(company, timedelta(days=6, hours=17, minutes=30))
    expect(bo.locator("#composer")).to_contain_text("6 h left to reply")
    bo.get_by_role("textbox", name="Message").fill("Better late")
    bo.get_by_role("button", name="Send").click()
    expect(article(bo, "Reply by Bo")).to_contain_text("Sent")
    assert company.sandbox.get("/_sandbox/calls?name=send")[-1]["body"]["tag"] == "HUMAN_AGENT"
    make_older(company, timedelta(days=7, minutes=1))
    expect(bo.locator("#composer")).to_contain_text("7 days to reply are over")
    expect(bo.get_by_role("textbox", name="Message")).to_be_disabled()


def test_a_verified_customer_has_the_badge_beside_the_name(company: Company, bo: Page) -> None:
    company.happen(person="michelle", text="Hello")
    accept(bo, "Michelle Okafor")
    profile = bo.get_by_role("main")
    expect(profile.get_by_role("heading", level=1, name="Michelle Okafor", exact=True)).to_be_visible()
    expect(profile.get_by_role("img", name="Verified").first).to_be_visible()


def test_details_are_edited_in_place_and_judged(company: Company, bo: Page) -> None:
    about = bo.get_by_role("complementary", name="Customer")
    about.get_by_text("Add phone or email").click()
    field = about.get_by_role("textbox", name="Phone or email")
    field.fill("no address")
    field.press("Enter")
    expect(about.get_by_role("alert")).to_be_visible()
    expect(field).to_have_value("no address")
    field.fill("lena@example.com")
    field.press("Enter")
    expect(about.get_by_text("lena@example.com")).to_be_visible()
    about.get_by_text("Add detail").click()
    about.get_by_role("textbox", name="Label").or_(about.get_by_role("combobox", name="Label")).fill("Order number")
    about.get_by_role("textbox", name="Value").fill("A-20418")
    about.get_by_role("textbox", name="Value").press("Enter")
    about.get_by_text("A-20418").click()
    about.get_by_role("textbox", name="Order number").fill("A-20419")
    about.get_by_role("textbox", name="Order number").press("Enter")
    expect(about.get_by_text("A-20419")).to_be_visible()
    company.visitors.forgive("422")


def test_what_was_written_is_found_while_typing_and_leads_there(company: Company, bo: Page) -> None:
    company.happen(text="Where is parcel 4711?")
    expect(article(bo, "Message from Lena Fischer")).to_contain_text("4711")
    bo.goto(company.url)
    bo.get_by_role("searchbox", name="Search").press_sequentially("parc", delay=30)
    found = bo.locator("#found").get_by_role("link").filter(has_text="parcel 4711")
    expect(found.locator("mark")).to_have_text("parc")
    found.click()
    expect(article(bo, "Message from Lena Fischer")).to_be_in_viewport()


def test_whoever_is_blocked_is_offered_to_nobody_until_unblocked(company: Company, bo: Page) -> None:
    about = bo.get_by_role("complementary", name="Customer")
    about.get_by_role("button", name="Block").click()
    bo.get_by_role("alertdialog").get_by_role("button", name="Block").click()
    expect(about).to_contain_text("Blocked: what they send is kept and offered to nobody.")
    company.happen(text="Let me in")
    expect(article(bo, "Message from Lena Fischer")).to_contain_text("Let me in")
    assert company.offers() == 1
    about.get_by_role("button", name="Unblock").click()
    about.get_by_role("button", name="Block").wait_for()
    company.happen(text="Thank you")
    expect(article(bo, "Message from Lena Fischer")).to_contain_text("Thank you")
