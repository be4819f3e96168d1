"""A bad network, an ended session, an impatient hand: nothing is lost, done twice, or said where it was not meant."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.journeys.conftest import PASSWORD, Company, accept, article, banner, eventually, ready
from tests.journeys.test_composing import hold_the_first, picture

pytestmark = [pytest.mark.journey, pytest.mark.browser]

UNREACHABLE = "could not be reached"
SIZES: list[ViewportSize] = [
    {"width": 1440, "height": 900},
    {"width": 1024, "height": 768},
    {"width": 390, "height": 844},
]


@pytest.fixture(autouse=True)
def bad_moments(company: Company) -> Iterator[None]:
    """What a browser says of a network that is away, or of an answer that is an error, is meant here."""
    yield
    for context in company.visitors.contexts:
        context.close()  # nothing more is said
    company.visitors.forgive("ERR_|htmx:|WebSocket|Failed to load")


def write(page: Page, text: str, lane: str = "Message") -> None:
    page.locator(f"#message[aria-label='{lane}']").fill(text)


def choose(page: Page, lane: str) -> None:
    page.locator(f".lane--{lane}").click()


def customers(page: Page) -> list[str]:
    cards = page.get_by_role("navigation", name="My Customers").get_by_role("link")
    return cards.locator(".card__name").all_inner_texts()


def with_one_and_three_waiting(company: Company) -> Page:
    """Bo's page, who has as many customers as are given, and may take more."""
    company.change(standard_capacity=1, maximum_capacity=5)
    company.hire("Bo")
    page = company.at_work("Bo")
    company.happen(text="Hello?")
    accept(page)
    for person in ("michelle", "maria", "tomas"):
        company.happen(person=person, text="Me too")
    expect(page.get_by_role("banner")).to_contain_text("Waiting customers: 3")
    return page


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


def test_a_double_click_on_next_takes_one_customer(company: Company) -> None:
    page = with_one_and_three_waiting(company)
    page.get_by_role("banner").get_by_role("button", name="Next").dblclick()
    page.get_by_role("heading", level=1, name="Michelle Okafor").wait_for()
    ready(page)
    assert len(customers(page)) == 2


def test_a_key_that_is_held_down_is_pressed_once(company: Company) -> None:
    page = with_one_and_three_waiting(company)
    page.get_by_label("Message", exact=True).blur()
    held = hold_the_first(page, "**/next")
    for _ in range(5):
        page.keyboard.down("n")
    page.wait_for_timeout(200)
    held[0].continue_()
    page.get_by_role("heading", level=1, name="Michelle Okafor").wait_for()
    ready(page)
    assert len(customers(page)) == 2


def test_keys_that_are_held_down_send_once_and_complain_of_nothing(company: Company, bo: Page) -> None:
    write(bo, "Only once")
    bo.keyboard.down("Control")
    for _ in range(15):
        bo.keyboard.down("Enter")
        bo.wait_for_timeout(40)
    bo.keyboard.up("Enter")
    bo.keyboard.up("Control")
    expect(article(bo, "Reply by Bo")).to_contain_text("Sent")
    expect(bo.get_by_role("alert")).to_have_count(0)
    assert company.at_instagram() == ["Only once"]


def test_sending_goes_on_to_the_next_only_where_it_was_sent_so(company: Company, bo: Page) -> None:
    company.happen(person="michelle", text="Me too")
    accept(bo, "Michelle Okafor")
    write(bo, "x" * 641)
    bo.get_by_label("Message", exact=True).press("Control+Shift+Enter")
    write(bo, "Shorter")
    bo.get_by_role("button", name="Send").click()
    expect(article(bo, "Reply by Bo")).to_contain_text("Sent")
    bo.wait_for_timeout(500)
    expect(bo.get_by_role("heading", level=1)).to_have_text("Michelle Okafor")


def test_what_could_not_be_sent_is_sent_at_once_with_the_network_back(company: Company, bo: Page) -> None:
    sent = []
    for size in SIZES:
        bo.set_viewport_size(size)
        write(bo, f"Hello again at {size['width']}")
        bo.context.set_offline(True)
        bo.get_by_role("button", name="Send").click()
        expect(bo.get_by_role("alert").filter(has_text=UNREACHABLE)).to_be_visible()
        bo.context.set_offline(False)
        bo.get_by_role("button", name="Send").click(timeout=3_000)
        sent.append(f"Hello again at {size['width']}")
        expect(article(bo, "Reply by Bo").last).to_contain_text(sent[-1])
        eventually(lambda: company.at_instagram() == sent)
        bo.get_by_role("button", name="Dismiss").click()


def test_a_note_stays_one_where_another_lane_could_not_be_opened(company: Company, bo: Page) -> None:
    choose(bo, "note")
    write(bo, "Among ourselves", "Note")
    bo.context.set_offline(True)
    choose(bo, "dm")
    expect(bo.get_by_role("alert").filter(has_text=UNREACHABLE)).to_be_visible()
    bo.context.set_offline(False)
    expect(bo.get_by_role("radio", name="Note")).to_be_checked()
    bo.get_by_role("button", name="Send").click()
    expect(article(bo, "Note by Bo")).to_contain_text("Among ourselves")
    assert company.at_instagram() == []


def test_what_is_sent_while_another_lane_opens_goes_where_it_was_written(company: Company, bo: Page) -> None:
    choose(bo, "note")
    write(bo, "Among ourselves", "Note")
    held = hold_the_first(bo, "**/drafts")
    bo.wait_for_timeout(900)  # until the draft is kept: that is held
    held[0].continue_()
    held.clear()
    choose(bo, "dm")
    bo.get_by_role("button", name="Send").click()
    expect(article(bo, "Note by Bo")).to_contain_text("Among ourselves")
    held[0].continue_()
    assert company.at_instagram() == []


def test_attached_pictures_keep_their_lane_when_a_comment_comes(company: Company, bo: Page) -> None:
    bo.get_by_label("Images", exact=True).set_input_files([picture("one.png", "teal")])
    bo.get_by_role("button", name="Remove one.png").wait_for()
    bo.evaluate("document.activeElement.blur()")
    with bo.expect_response("**/composer*"):
        company.happen("comment", text="Where is this?")
    article(bo, "Comment from Lena Fischer").wait_for()
    bo.wait_for_timeout(500)
    expect(bo.get_by_role("radio", name="Direct message")).to_be_checked()
    expect(bo.get_by_role("button", name="Remove one.png")).to_be_visible()


def test_what_could_not_be_opened_says_so(bo: Page) -> None:
    bo.context.set_offline(True)
    for name in ("Merge with another profile", "Add topic"):
        bo.get_by_role("button", name=name).click()
        expect(bo.get_by_role("alert").filter(has_text=UNREACHABLE)).to_be_visible()
        bo.get_by_role("button", name="Dismiss").click()
    bo.context.set_offline(False)


def test_choosing_a_lane_leaves_the_thread_where_it_is_read(company: Company, bo: Page) -> None:
    for number in range(30):
        company.happen(text=f"Line {number}")
    log = bo.get_by_role("log", name="Timeline")
    log.get_by_text("Line 29").wait_for()
    log.evaluate("(log) => log.scrollTo({ top: -300 })")
    choose(bo, "note")
    expect(bo.get_by_role("textbox", name="Note")).to_be_focused()
    assert log.evaluate("(log) => Math.round(log.scrollTop)") == -300


def test_the_focus_stays_near_what_went(company: Company, bo: Page) -> None:
    company.sandbox.post("/_sandbox/faults", {"refuse_with": {"rate": 1, "only": ["send"]}})
    write(bo, "Hi")
    bo.get_by_role("button", name="Send").click()
    reply = article(bo, "Reply by Bo")
    reply.get_by_role("button", name="Discard").press("Enter")
    expect(reply).to_contain_text("Discarded")
    expect(bo.get_by_role("log", name="Timeline")).to_be_focused()
    bo.get_by_label("Images", exact=True).set_input_files([picture("one.png", "teal")])
    bo.get_by_role("button", name="Remove one.png").press("Enter")
    expect(bo.get_by_role("textbox", name="Message")).to_be_focused()
    company.happen(person="michelle", text="Me too")
    banner(bo).get_by_role("button", name="Decline").press("Enter")
    expect(banner(bo)).to_have_count(0)
    expect(bo.get_by_role("main")).to_be_focused()


def test_who_cancels_a_menus_question_is_back_at_its_button(company: Company, bo: Page) -> None:
    company.happen("comment", text="Where is this?")
    more = article(bo, "Comment from Lena Fischer").get_by_role("button", name="More actions")
    more.press("Enter")
    bo.get_by_role("menuitem", name="Hide comment").press("Enter")
    bo.get_by_role("alertdialog", name="Hide this comment?").get_by_role("button", name="Cancel").press("Enter")
    expect(more).to_be_focused()
