"""Answering: what fails and is tried again, what is refused, what survives a reload, and pages without scripts."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.journeys.conftest import Company, article, banner, eventually, ready

pytestmark = pytest.mark.journey

LINK = "https://our.brand/r?a=(1)"


def test_a_failed_message_says_why_and_retry_makes_exactly_one_more_call(company: Company, bo: Page) -> None:
    company.sandbox.post("/_sandbox/faults", {"refuse_with": {"rate": 1, "only": ["send"]}})
    bo.get_by_label("Message", exact=True).fill("Hi")
    bo.get_by_role("button", name="Send").click()
    reply = article(bo, "Reply by Bo")
    expect(reply).to_contain_text("Failed:")
    made = company.calls("send")
    company.sandbox.post("/_sandbox/faults", {"refuse_with": False})
    reply.get_by_role("button", name="Retry").click()
    expect(reply).to_contain_text("Sent")
    assert company.calls("send") == made + 1
    assert company.at_instagram() == ["Hi"]


def test_a_failed_message_can_be_discarded(company: Company, bo: Page) -> None:
    company.sandbox.post("/_sandbox/faults", {"refuse_with": {"rate": 1, "only": ["send"]}})
    bo.get_by_label("Message", exact=True).fill("Hi")
    bo.get_by_role("button", name="Send").click()
    reply = article(bo, "Reply by Bo")
    reply.get_by_role("button", name="Discard").click()
    expect(reply).to_contain_text("Discarded")
    assert company.at_instagram() == []


def test_g_v1_an_answer_that_comes_late_does_not_undo_what_the_page_knows_already(company: Company, bo: Page) -> None:
    def answer_late(route: Route) -> None:
        answer = route.fetch()
        company.happen(text="One more thing")
        bo.wait_for_timeout(1_500)
        route.fulfill(response=answer)

    bo.route("**/no-reply-needed", answer_late)
    bo.get_by_role("button", name="No Reply Needed").click()
    expect(article(bo, "Message from Lena Fischer")).to_contain_text("One more thing")
    bo.wait_for_timeout(1_500)
    expect(bo.get_by_role("button", name="No Reply Needed")).to_be_visible(timeout=2_000)
    bo.unroute_all(behavior="wait")


def test_a_double_click_sends_once(company: Company, bo: Page) -> None:
    bo.get_by_label("Message", exact=True).fill("Only once")
    bo.get_by_role("button", name="Send").dblclick()
    expect(article(bo, "Reply by Bo")).to_contain_text("Sent")
    assert company.at_instagram() == ["Only once"]


def test_g_s11_a_draft_that_stands_in_two_tabs_is_sent_once(company: Company, bo: Page) -> None:
    bo.get_by_label("Message", exact=True).fill("Only once")
    bo.wait_for_timeout(1_500)  # until the draft is kept
    other = company.tab(bo, bo.url.removeprefix(company.url))
    ready(other)
    expect(other.get_by_label("Message", exact=True)).to_have_value("Only once")
    other.get_by_label("Message", exact=True).fill("Only once")  # what nobody touched goes with the first answer
    for tab in (bo, other):
        expect(tab.get_by_label("Message", exact=True)).to_have_value("Only once")
        tab.get_by_role("button", name="Send").click()
        expect(tab.get_by_label("Message", exact=True)).to_have_value("")
        expect(article(tab, "Reply by Bo")).to_contain_text("Sent")
    assert company.at_instagram() == ["Only once"]
    other.get_by_label("Message", exact=True).fill("Only once")
    other.get_by_role("button", name="Send").click()
    eventually(lambda: company.at_instagram() == ["Only once", "Only once"])


COUNTED = [
    ("x" * 629, 629, "", True),
    ("x" * 630, 630, "near", True),
    ("x" * 640, 640, "full", True),
    ("x" * 641, 641, "full", False),
    ("👍🏽" * 3, 6, "", True),
    (f"see {LINK}.", 4 + 2 * len(LINK) + 3, "", True),
    (f"[here]({LINK})", len("here []") + len(LINK), "", True),
    (f"„{LINK}“ https://...", 2 * len(LINK) + len("„[]“ https://..."), "", True),
    (f"{LINK}[{LINK}]", 2 * len(LINK) + 2, "", True),
]
"""What is written, how many characters that is at Instagram, what the counter looks like, whether it may be sent."""


@pytest.mark.browser
def test_the_counter_counts_what_is_sent(bo: Page) -> None:
    counter = bo.locator("[data-counter]")
    for text, counted, state, may_send in COUNTED:
        bo.get_by_label("Message", exact=True).fill(text)
        expect(counter).to_have_text(f"{counted} / 640")
        assert counter.get_attribute("data-state") == state, text
        assert bo.get_by_role("button", name="Send").is_enabled() == may_send, text


def test_what_is_counted_is_what_instagram_gets(company: Company, bo: Page) -> None:
    bo.get_by_label("Message", exact=True).fill(f"see {LINK}. Or [here]({LINK})!")
    counter = bo.locator("[data-counter]")
    expect(counter).not_to_have_text("0 / 640")
    counted = counter.inner_text()
    bo.get_by_role("button", name="Send").click()
    expect(article(bo, "Reply by Bo")).to_contain_text("Sent")
    assert counted == f"{len(company.at_instagram()[0])} / 640"


def test_what_is_being_written_survives_news_and_a_reload(company: Company, bo: Page) -> None:
    message = bo.get_by_label("Message", exact=True)
    message.fill("half a sentence")
    company.happen(text="Are you there?")
    article(bo, "Message from Lena Fischer").get_by_text("Are you there?").wait_for()
    expect(message).to_have_value("half a sentence")
    expect(message).to_be_focused()
    bo.reload()
    expect(message).to_have_value("half a sentence")
    expect(bo.locator("[data-counter]")).to_have_text("15 / 640")
    bo.get_by_role("button", name="Send").click()
    expect(article(bo, "Reply by Bo")).to_contain_text("half a sentence")
    bo.reload()
    expect(message).to_have_value("")


def test_closing_an_unanswered_message_asks_first(company: Company, bo: Page) -> None:
    conversation = bo.get_by_role("region", name="Conversation")
    conversation.get_by_role("button", name="Close", exact=True).click()
    question = bo.get_by_role("alertdialog", name="Close without a reply?")
    question.get_by_role("button", name="Cancel").click()
    expect(question).to_have_count(0)
    conversation.get_by_role("button", name="Close", exact=True).click()
    question.get_by_role("button", name="Close", exact=True).click()
    expect(conversation.get_by_text("Support · Closed")).to_be_visible()
    expect(bo.get_by_role("navigation", name="My Customers").get_by_role("link")).to_have_count(0)


def test_no_reply_needed_and_undo(bo: Page) -> None:
    bo.get_by_role("button", name="No Reply Needed").click()
    expect(bo.get_by_role("button", name="No Reply Needed")).to_have_count(0)
    bo.get_by_role("button", name="Undo").click()
    expect(bo.get_by_role("button", name="No Reply Needed")).to_be_visible()


@pytest.mark.browser
def test_undo_goes_after_ten_seconds(bo: Page) -> None:
    bo.get_by_role("button", name="No Reply Needed").click()
    bo.get_by_role("button", name="Undo").wait_for()
    expect(bo.get_by_role("button", name="Undo")).to_have_count(0, timeout=13_000)


def test_next_opens_the_next_customer_by_key(company: Company, bo: Page) -> None:
    bo.get_by_label("Message", exact=True).blur()
    company.happen(person="michelle", text="Me too")
    eventually(lambda: banner(bo).count())
    bo.keyboard.press("d")
    expect(banner(bo)).to_have_count(0)
    bo.keyboard.press("n")
    bo.get_by_role("heading", name="Michelle Okafor").wait_for()
    expect(bo.get_by_label("Message", exact=True)).to_be_focused()


@pytest.mark.browser
def test_keys_open_the_sheet_walk_the_list_and_lead_to_the_fields(bo: Page) -> None:
    bo.get_by_label("Message", exact=True).blur()
    bo.keyboard.press("?")
    bo.get_by_role("dialog", name="Keyboard").get_by_role("button", name="Close").click()
    bo.keyboard.press("j")
    expect(bo.get_by_role("link", name="Lena Fischer")).to_be_focused()
    bo.keyboard.press("r")
    expect(bo.get_by_label("Message", exact=True)).to_be_focused()
    bo.get_by_label("Message", exact=True).blur()
    bo.keyboard.press("/")
    expect(bo.get_by_role("searchbox", name="Search")).to_be_focused()


def take(page: Page) -> bool:
    """Take who waits, by the banner where the page came in time to be offered one; returns whether that worked."""
    page.reload()
    accept = page.get_by_role("button", name="Accept")
    (accept if accept.count() else page.get_by_role("button", name="Next")).click()
    return page.get_by_role("heading", level=1, name="Lena Fischer").count() == 1


def is_sent(page: Page) -> bool:
    """Whether the answer says so on a page that is opened anew."""
    page.reload()
    return article(page, "Reply by Bo").get_by_text("Sent", exact=True).count() == 1


def test_without_scripts_one_signs_in_reads_and_answers(company: Company) -> None:
    company.hire("Bo")
    page = company.sign_in("Bo", java_script_enabled=False)
    page.get_by_role("switch", name="Messaging").click()
    page.get_by_role("switch", name="Messaging", checked=True).wait_for()
    company.happen(text="Hello?")
    company.customer_id("Lena Fischer")
    eventually(lambda: take(page))
    page.get_by_label("Message", exact=True).fill("Hi Lena")
    page.get_by_role("button", name="Send").click()
    expect(article(page, "Reply by Bo")).to_contain_text("Hi Lena")
    eventually(lambda: company.at_instagram() == ["Hi Lena"])
    eventually(lambda: is_sent(page))
    page.get_by_role("region", name="Conversation").get_by_role("button", name="Close", exact=True).click()
    expect(page.get_by_text("Closed by Bo").first).to_be_visible()
