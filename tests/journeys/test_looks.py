"""Every page and state for everybody: no violation of accessibility, nothing beyond the edge, light and dark."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, ViewportSize, expect

from igapp import db, utc
from igapp.desk import prepared, topics
from igapp.models import Role, User
from tests.journeys.conftest import Company, article, banner

pytestmark = [pytest.mark.journey, pytest.mark.browser]

Axe = Callable[[Page], None]

PHONE: ViewportSize = {"width": 390, "height": 844}
TABLET: ViewportSize = {"width": 1024, "height": 768}
DESKTOP: ViewportSize = {"width": 1440, "height": 900}
NARROWEST: ViewportSize = {"width": 320, "height": 640}
TWICE_THE_SIZE: list[ViewportSize] = [
    {"width": 720, "height": 450},
    {"width": 640, "height": 360},
    {"width": 844, "height": 390},
]
"""What a browser leaves of a screen when it shows everything twice as large, and a phone that lies on its side."""
READABLE = 120
"""Pixels that a thread needs to be read at all."""
PAGES = [
    "/",
    "/help",
    "/search?q=hello",
    "/inboxes",
    "/inboxes?status=open",
    "/reports?days=1",
    "/me",
    "/settings/",
    "/settings/accounts",
    "/settings/accounts/1",
    "/settings/workflow",
    "/settings/inboxes",
    "/settings/inboxes/1",
    "/settings/users",
    "/settings/users/1",
    "/settings/topics",
    "/settings/topics/1",
    "/settings/answers",
    "/settings/answers/1",
    "/settings/business-hours",
    "/settings/ledger",
    "/settings/ledger/1",
    "/settings/audit",
    "/settings/privacy?words=lena",
]
BEYOND_THE_EDGE = """() => {
    const root = document.documentElement;
    if (root.scrollWidth <= root.clientWidth) return [];
    const edge = (element) => Math.round(element.getBoundingClientRect().right);
    const wide = [...document.querySelectorAll("body *")].filter((element) => edge(element) > root.clientWidth);
    return wide.map((element) => `${element.tagName}.${element.className} ${edge(element)}`).slice(0, 8);
}"""
KINDS = ["text", "image", "story_mention", "story_reply", "reply", "share", "reel", "ephemeral", "sticker", "postback"]


def no_sideways_scroll(page: Page) -> None:
    beyond = page.evaluate(BEYOND_THE_EDGE)
    assert not beyond, f"{page.url} is too wide: {beyond}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_of_an_administrator(company: Company, axe: Axe, scheme: str) -> None:
    company.hire("Ada", role=Role.ADMIN)
    page = company.visitors(color_scheme=scheme)
    page.goto(f"{company.url}/login")
    axe(page)
    company.sign_in("Ada", page)
    company.happen(text="Hello?")
    with company.desk():
        ada = db.session().scalars(sa.select(User)).one()
        topics.create("Returns", None, ada, utc.now())
        prepared.save(None, "Greeting", "Hello {{customer_first_name}}!", ada, utc.now())
    for path in PAGES:
        answer = page.goto(company.url + path)
        assert answer is not None
        assert answer.ok, path
        axe(page)
        for viewport in (PHONE, NARROWEST):
            page.set_viewport_size(viewport)
            no_sideways_scroll(page)
        page.set_viewport_size(DESKTOP)
    page.goto(f"{company.url}/nowhere")
    axe(page)
    company.visitors.forgive("404")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_desk_in_all_its_states(company: Company, axe: Axe, scheme: str) -> None:
    company.hire("Bo")
    page = company.at_work("Bo", color_scheme=scheme)
    company.happen(text="Hello?")
    page.get_by_role("button", name="Accept").click()
    page.get_by_role("heading", name="Lena Fischer").wait_for()
    page.get_by_label("Message", exact=True).fill("Hi")
    page.get_by_role("button", name="Send").click()
    expect(article(page, "Reply by Bo")).to_contain_text("Sent")
    for kind in KINDS:
        company.happen(kind, text=f"This is {kind}")
    thread = page.get_by_role("log", name="Timeline")
    expect(thread.get_by_role("article", name="Lena Fischer")).to_have_count(1 + len(KINDS))
    company.sandbox.post("/_sandbox/faults", {"refuse_with": {"rate": 1, "only": ["send"]}})
    page.get_by_label("Message", exact=True).fill("x" * 640)
    page.get_by_role("button", name="Send").click()
    expect(article(page, "Reply by Bo")).to_contain_text("Failed")
    company.happen(person="michelle", text="A long message that does not fit into the one line that a banner has")
    banner(page).wait_for()
    for viewport in (DESKTOP, TABLET, PHONE, NARROWEST):
        page.set_viewport_size(viewport)
        axe(page)
        no_sideways_scroll(page)


def test_dialogs_menus_and_drawers(company: Company, axe: Axe) -> None:
    company.hire("Bo")
    page = company.at_work("Bo", viewport=TABLET)
    company.happen(text="Hello?")
    page.get_by_role("button", name="Accept").click()
    page.get_by_role("heading", name="Lena Fischer").wait_for()
    page.get_by_role("button", name="Details of Lena Fischer").click()
    expect(page.get_by_role("region", name="Contact details")).to_be_visible()
    axe(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("region", name="Contact details")).to_have_count(0)
    page.get_by_role("button", name="Bo: menu").click()
    axe(page)
    page.get_by_role("button", name="Dark").click()
    page.get_by_role("heading", name="Lena Fischer").wait_for()
    axe(page)
    message = article(page, "Message from Lena Fischer")
    message.hover()
    message.get_by_role("button", name="More actions").click()
    expect(page.get_by_role("menuitem", name="No Reply Needed")).to_be_visible()
    axe(page)
    page.keyboard.press("Escape")
    page.get_by_role("region", name="Conversation").get_by_role("button", name="Close", exact=True).click()
    page.get_by_role("alertdialog").wait_for()
    axe(page)


def test_on_a_phone_there_is_one_pane_and_a_way_back(company: Company, axe: Axe) -> None:
    company.hire("Bo")
    page = company.at_work("Bo", viewport=PHONE)
    company.happen(text="Hello?")
    banner(page).wait_for()
    accept, decline = (page.get_by_role("button", name=name).bounding_box() for name in ("Accept", "Decline"))
    assert accept is not None
    assert decline is not None
    assert abs(accept["y"] - decline["y"]) < 3
    assert round(accept["height"]) >= 40
    axe(page)
    page.get_by_role("button", name="Accept").click()
    page.get_by_role("heading", name="Lena Fischer").wait_for()
    expect(page.get_by_role("navigation", name="My Customers")).to_have_count(0)
    no_sideways_scroll(page)
    axe(page)
    page.get_by_role("link", name="Back to My Customers").click()
    page.get_by_role("navigation", name="My Customers").get_by_role("link", name="Lena Fischer").click()
    page.get_by_role("button", name="Details of Lena Fischer").click()
    expect(page.get_by_role("region", name="Contact details")).to_be_visible()
    axe(page)


def test_at_twice_the_size_all_is_read_and_reached(company: Company, bo: Page) -> None:
    company.happen(person="michelle", text="Me too")
    banner(bo).wait_for()
    for size in TWICE_THE_SIZE:
        bo.set_viewport_size(size)
        for name in ("No Reply Needed", "Close & Next", "Add topic", "Send", "Accept"):
            bo.get_by_role("button", name=name).click(trial=True, timeout=3_000)
        thread = bo.get_by_role("log", name="Timeline").bounding_box()
        assert thread is not None
        assert thread["height"] >= READABLE, size
        no_sideways_scroll(bo)


def test_settings_on_a_phone_are_one_pane_and_a_way_back(company: Company) -> None:
    company.hire("Ada", role=Role.ADMIN)
    page = company.at_work("Ada", viewport=PHONE)
    page.goto(f"{company.url}/settings/workflow")
    expect(page.get_by_role("link", name="Users", exact=True)).to_have_count(0)
    page.get_by_role("link", name="All settings").click()
    page.get_by_role("link", name="Users", exact=True).click()
    expect(page.get_by_role("heading", name="Users", level=1)).to_be_visible()


def test_a_long_name_leaves_a_table_its_other_columns(company: Company) -> None:
    company.hire("Ada", role=Role.ADMIN)
    company.hire("W" * 80)
    page = company.sign_in("Ada")
    page.goto(f"{company.url}/settings/users")
    row = page.get_by_role("row").filter(has_text="W" * 80)
    expect(row.get_by_role("button", name="Deactivate")).to_be_in_viewport(ratio=1)


def test_a_list_does_not_move_under_the_pointer(company: Company) -> None:
    company.hire("Bo")
    company.change(is_assignment_by_banner=False)
    page = company.at_work("Bo")
    company.happen(text="First")
    mine = page.get_by_role("navigation", name="My Customers")
    page.get_by_role("region", name="New message").wait_for()  # what comes above moves the list
    mine.get_by_role("link", name="Lena Fischer").hover()
    company.happen(person="michelle", text="Second")
    mine.get_by_role("button", name="Show changes").wait_for()
    expect(mine.get_by_role("link")).to_have_count(1)
    mine.get_by_role("button", name="Show changes").click()
    expect(mine.get_by_role("link")).to_have_count(2)
