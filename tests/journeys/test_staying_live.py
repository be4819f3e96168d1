"""A page stays true: when the socket drops, when Redis is away, when there is no socket at all."""

import itertools

import pytest
from playwright.sync_api import Page, Route, WebSocketRoute, expect

from igapp.models import Role
from tests.infra.stage import Stage
from tests.journeys.conftest import TYPING_MS, Company, article, banner, eventually, ready
from tests.journeys.test_composing import prepare

pytestmark = pytest.mark.journey


def connection(page: Page, words: str) -> None:
    expect(page.get_by_role("status", name="Connection")).to_contain_text(words, timeout=10_000)


def test_without_a_socket_the_page_polls(company: Company) -> None:
    company.hire("Bo")
    page = company.visitors()
    page.route_web_socket("**/live**", lambda socket: socket.close())
    company.sign_in("Bo", page)
    page.get_by_role("switch", name="Messaging").click()
    page.get_by_role("switch", name="Messaging", checked=True).wait_for()
    company.happen(text="Hello?")
    expect(banner(page)).to_contain_text("Hello?", timeout=10_000)
    page.get_by_role("button", name="Accept").click()
    page.get_by_role("heading", name="Lena Fischer").wait_for()
    company.happen(text="Still there?")
    expect(article(page, "Message from Lena Fischer")).to_contain_text("Still there?", timeout=10_000)


def test_g_v1_a_dropped_socket_says_so_and_catches_up(company: Company) -> None:
    company.hire("Bo")
    page = company.visitors()
    routes: list[WebSocketRoute] = []

    def let_through(socket: WebSocketRoute) -> None:
        routes.append(socket)
        socket.connect_to_server()

    page.route_web_socket("**/live**", let_through)
    company.sign_in("Bo", page)
    page.get_by_role("switch", name="Messaging").click()
    company.happen(text="First")
    page.get_by_role("button", name="Accept").click()
    page.get_by_role("heading", name="Lena Fischer").wait_for()
    connection(page, "Live")

    page.context.set_offline(True)
    routes[-1].close()
    connection(page, "Offline")
    company.happen(text="While you were away")
    page.wait_for_timeout(1_000)
    page.context.set_offline(False)
    expect(article(page, "Message from Lena Fischer")).to_contain_text("While you were away", timeout=20_000)
    connection(page, "Live")
    company.visitors.forgive("ERR_INTERNET_DISCONNECTED|htmx:|WebSocket")


def test_g_v1_answers_in_the_wrong_order_leave_the_newest(company: Company) -> None:
    company.hire("Bo")
    page = company.at_work("Bo")
    company.happen(text="Hello?")
    page.get_by_role("button", name="Accept").click()
    page.get_by_role("heading", name="Lena Fischer").wait_for()
    ready(page)
    page.wait_for_timeout(1_000)  # until nothing rings any more
    pauses = itertools.chain([400, 1_500], itertools.repeat(50))

    def answer_late(route: Route) -> None:
        answer = route.fetch()
        page.wait_for_timeout(next(pauses))
        route.fulfill(response=answer)

    page.route("**/timeline?**", answer_late)
    for number in range(3):
        company.happen(text=f"Number {number}.")
        page.wait_for_timeout(330)
    page.wait_for_timeout(3_000)
    expect(article(page, "Message from Lena Fischer")).to_contain_text("Number 2.")
    page.unroute_all(behavior="wait")


def test_g_v1_what_rings_while_a_page_loads_is_shown_on_it(company: Company) -> None:
    company.hire("Bo")
    page = company.at_work("Bo")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/js/steady*.js", hold)
    page.goto(f"{company.url}/me", wait_until="commit")
    page.get_by_role("heading", name="Your profile").wait_for()
    company.happen(text="Hello?")
    eventually(lambda: company.offers() == 1)
    page.wait_for_timeout(1_000)
    for route in held:
        route.continue_()
    expect(banner(page)).to_contain_text("Hello?", timeout=5_000)


@pytest.mark.parametrize("status", [None, 503])
def test_g_v1_what_a_page_asked_for_in_vain_it_asks_for_again(company: Company, bo: Page, status: int | None) -> None:
    lost: list[str] = []

    def lose(route: Route) -> None:
        if lost:
            return route.continue_()
        lost.append(route.request.url)
        return route.abort() if status is None else route.fulfill(status=status)

    bo.route("**/customers/*/timeline**", lose)
    company.happen(text="Still there?")
    expect(article(bo, "Message from Lena Fischer").last).to_contain_text("Still there?", timeout=10_000)
    assert lost
    connection(bo, "Live")
    company.visitors.forgive("htmx:|ERR_FAILED|503")


def test_a_changed_workflow_shows_on_the_pages_that_are_open(company: Company, bo: Page) -> None:
    ending = bo.get_by_role("button", name="Close", exact=True)
    company.change(needs_topic=True, standard_capacity=4)
    expect(ending).to_be_disabled(timeout=10_000)
    expect(bo.get_by_role("navigation", name="My Customers")).to_contain_text("1 of 4", timeout=10_000)
    company.change(needs_topic=False)
    expect(ending).to_be_enabled(timeout=10_000)


@pytest.mark.browser
def test_what_is_pressed_before_the_scripts_are_there_is_done_once_they_are(company: Company, bo: Page) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    bo.route("**/js/menu*.js", hold)
    bo.goto(bo.url, wait_until="commit")
    message = article(bo, "Message from Lena Fischer")
    message.hover()
    message.get_by_role("button", name="More actions").click()
    expect(bo.get_by_role("menuitem", name="Like message")).to_have_count(0)
    bo.wait_for_timeout(300)
    held.pop().continue_()
    expect(bo.get_by_role("menuitem", name="Like message")).to_be_visible()


@pytest.mark.browser
def test_a_menu_stays_open_while_the_customer_goes_on_writing(company: Company, bo: Page) -> None:
    message = article(bo, "Message from Lena Fischer")
    message.hover()
    message.get_by_role("button", name="More actions").click()
    like = bo.get_by_role("menuitem", name="Like message")
    expect(like).to_be_focused()
    company.happen(text="Still there?")
    expect(bo.get_by_role("log", name="Timeline")).to_contain_text("Still there?")
    expect(like).to_be_visible()
    expect(like).to_be_focused()
    bo.keyboard.press("Escape")
    expect(like).to_be_hidden()


@pytest.mark.browser
def test_a_list_of_answers_stays_open_while_the_customer_goes_on_writing(company: Company, bo: Page) -> None:
    prepare(company, "Returns", "Send it back within 30 days.")
    bo.get_by_role("textbox", name="Message").press_sequentially("/ret", delay=TYPING_MS)
    option = bo.get_by_role("option", name="Returns")
    expect(option).to_be_visible()
    with bo.expect_response("**/composer*"):
        company.happen(text="Still there?")
    expect(bo.get_by_role("log", name="Timeline")).to_contain_text("Still there?")
    expect(option).to_be_visible()
    bo.keyboard.press("Enter")
    expect(bo.get_by_role("textbox", name="Message")).to_have_value("Send it back within 30 days.")


def test_who_signs_out_in_one_tab_is_signed_out_in_the_other(company: Company) -> None:
    company.hire("Bo")
    page = company.sign_in("Bo")
    tab = company.tab(page)
    ready(tab)
    page.get_by_role("button", name="Bo: menu").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Password").wait_for()
    tab.get_by_label("Password").wait_for()
    company.visitors.forgive("401|WebSocket")


def test_a_restarted_web_process_loses_no_page(own_product: Stage, visitors: object) -> None:
    from tests.infra.browser import Visitors

    assert isinstance(visitors, Visitors)
    company = Company(own_product.start(), visitors)
    company.open_for_business()
    company.hire("Bo")
    page = company.at_work("Bo")
    connection(page, "Live")
    own_product.restart("web")
    company.happen(text="After the restart")
    expect(banner(page)).to_contain_text("After the restart", timeout=20_000)
    connection(page, "Live")
    visitors.forgive("ERR_|htmx:|WebSocket|502|503")


def test_the_managers_inboxes_follow_what_happens(company: Company) -> None:
    company.hire("Mia", Role.MANAGER)
    page = company.sign_in("Mia")
    page.goto(f"{company.url}/inboxes")
    page.get_by_role("heading", name="Nothing is new here").wait_for()
    ready(page)
    company.happen(text="Hello?")
    row = page.get_by_role("row", name="Lena Fischer")
    expect(row).to_contain_text("Nobody is available")
    expect(page.get_by_role("link", name="New 1")).to_be_visible()
    company.hire("Bo")
    company.at_work("Bo")
    expect(row).to_contain_text("Offered to Bo")


def test_the_managers_inboxes_keep_still_under_the_pointer_and_keep_what_is_ticked(company: Company) -> None:
    company.hire("Mia", Role.MANAGER)
    page = company.sign_in("Mia")
    company.happen(text="Hello?")
    page.goto(f"{company.url}/inboxes")
    table = page.get_by_role("region", name="Table of conversations")
    ready(page)
    table.get_by_role("checkbox", name="Select Lena Fischer").check()
    company.happen(person="michelle", text="Me too")
    page.get_by_role("button", name="Show changes").wait_for()
    expect(table.get_by_role("checkbox")).to_have_count(1)
    page.get_by_role("heading", name="All inboxes").hover()
    expect(table.get_by_role("checkbox")).to_have_count(2)
    expect(table.get_by_role("checkbox", name="Select Lena Fischer")).to_be_checked()
    expect(page.get_by_role("button", name="Show changes")).to_have_count(0)


def test_older_messages_load_above_without_moving_what_is_read(company: Company) -> None:
    company.hire("Bo")
    events = [
        {"kind": "text", "person": "lena", "text": f"number {number}.", "ago_seconds": 600 - number}
        for number in range(120)
    ]
    company.sandbox.post("/_sandbox/events", {"events": events, "deliver": "one-body"})
    page = company.sign_in("Bo")
    page.goto(f"{company.url}/customers/{company.customer_id('Lena Fischer')}")
    log = page.get_by_role("log", name="Timeline")
    expect(log.get_by_text("number 119.")).to_be_in_viewport()
    log.get_by_text("number 71.").scroll_into_view_if_needed()
    expect(log.get_by_text("number 30.")).to_be_attached()
    expect(log.get_by_text("number 71.")).to_be_in_viewport()
    company.happen(text="one more")
    expect(log.get_by_text("one more")).to_be_attached()
    expect(log.get_by_text("number 30.")).to_be_attached()
    expect(log.get_by_text("number 71.")).to_be_in_viewport()


def test_what_came_since_one_looked_is_set_apart(company: Company) -> None:
    company.hire("Bo")
    company.happen(text="Old")
    page = company.sign_in("Bo")
    path = f"{company.url}/customers/{company.customer_id('Lena Fischer')}"
    page.goto(path)
    article(page, "Message from Lena Fischer").get_by_text("Old").wait_for()
    page.wait_for_timeout(1_300)
    page.goto(f"{company.url}/help")
    company.happen(text="Fresh")
    page.wait_for_timeout(1_000)
    page.goto(path)
    expect(page.get_by_text("New since you looked")).to_be_in_viewport()
    page.wait_for_timeout(1_300)
    page.reload()
    expect(page.get_by_text("Fresh")).to_be_visible()
    expect(page.get_by_text("New since you looked")).to_have_count(0)
