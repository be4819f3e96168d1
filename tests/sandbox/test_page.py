"""The page in a real browser: playing a customer, seeing the answers, turning switches."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.infra.browser import Visitors
from tests.sandbox.conftest import Box, Receiver

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def at_page(page: Page, box: Box) -> Page:
    page.goto(box.url)
    return page


def test_a_person_writes_and_sees_how_it_was_delivered(at_page: Page, box: Box) -> None:
    at_page.get_by_role("textbox", name="Message as Lena Fischer").fill("Where is my parcel?")
    at_page.keyboard.press("Enter")
    log = at_page.get_by_role("log", name="Messages")
    expect(log.get_by_text("Where is my parcel?")).to_be_visible()
    expect(log.get_by_text(re.compile(r"Delivered · 1 webhook, 200 in \d+ ms"))).to_be_visible()
    expect(at_page.get_by_role("textbox", name="Message as Lena Fischer")).to_have_value("")


def test_the_answer_of_the_business_appears_by_itself(at_page: Page, box: Box) -> None:
    box.do("text")
    box.write("Hi Lena! Let me look.")
    expect(at_page.get_by_role("log").get_by_text("Hi Lena! Let me look.")).to_be_visible()


def test_a_switch_turns_on_and_keeps_the_focus(at_page: Page, box: Box) -> None:
    switch = at_page.get_by_role("switch", name="Lost answers")
    switch.focus()
    at_page.keyboard.press("Space")
    expect(switch).to_be_checked()
    expect(switch).to_be_focused()
    assert box.look("state")["faults"]["lost_answers"]["on"] is True


def test_a_picture_and_a_comment_and_thirty_at_once(at_page: Page, box: Box, receiver: Receiver) -> None:
    at_page.get_by_role("button", name="Send a picture", exact=True).click()
    expect(at_page.get_by_role("log").get_by_role("img", name="Image")).to_be_visible()
    at_page.get_by_role("button", name="30 at once", exact=True).click()
    expect(at_page.get_by_role("status")).to_contain_text("30 messages")
    at_page.get_by_role("link", name="Comments").click()
    at_page.get_by_role("textbox", name="Comment as Lena Fischer").fill("Beautiful!")
    at_page.get_by_role("button", name="Post", exact=True).click()
    expect(at_page.get_by_role("log").get_by_text("Beautiful!")).to_be_visible()


def test_what_is_not_possible_is_said(at_page: Page, visitors: Visitors) -> None:
    at_page.get_by_role("button", name="Unsend", exact=True).click()
    expect(at_page.get_by_role("status")).to_contain_text("There is no such message")
    visitors.forgive("422")


def test_a_new_person_joins(at_page: Page) -> None:
    at_page.get_by_text("New person").click()
    at_page.get_by_role("textbox", name="Username").fill("mia.new")
    at_page.get_by_role("button", name="Add").click()
    at_page.get_by_role("link", name="mia.new").click()
    expect(at_page.get_by_role("textbox", name="Message as mia.new")).to_be_visible()


def test_it_works_without_javascript(visitors: Visitors, box: Box) -> None:
    page = visitors(java_script_enabled=False)
    page.goto(box.url)
    page.get_by_role("textbox", name="Message as Lena Fischer").fill("No script here")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("log").get_by_text("No script here")).to_be_visible()
    page.get_by_role("switch", name="Duplicates").click()
    expect(page.get_by_role("switch", name="Duplicates")).to_be_checked()


def test_consent_leads_back_to_the_product(page: Page, box: Box, receiver: Receiver) -> None:
    receiver.pages["/instagram/callback"] = ("text/html", b"<title>Back</title><link rel=icon href=data:,>")
    page.goto(
        f"{box.url}/oauth/authorize?client_id=77&response_type=code&state=s&scope=instagram_business_basic"
        f"&redirect_uri={receiver.url}/instagram/callback"
    )
    page.get_by_role("radio", name="our.brand.studio").check()
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(re.compile(r"/instagram/callback\?code=.+&state=s#_"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("options", [{}, {"viewport": PHONE}], ids=["wide", "narrow"])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    visitors: Visitors,
    axe: Callable[[Page], None],
    box: Box,
    options: dict[str, Any],
    scheme: str,
) -> None:
    for kind in ("text", "image", "video", "audio", "story_reply", "react", "unsupported", "app_message"):
        box.do(kind)
    comment = box.do("comment")["comment_id"]
    box.do("own_comment", comment=comment)
    page = visitors(color_scheme=scheme, **options)
    for path in ("/", "/?view=comments", "/?person=priya"):
        page.goto(f"{box.url}{path}")
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_markup_in_names_and_texts_is_only_text(at_page: Page, box: Box) -> None:
    box.do("text", person="sam", text="<img src=x onerror=alert(1)>")
    at_page.goto(f"{box.url}/?person=sam")
    expect(at_page.get_by_text("<img src=x onerror=alert(1)>")).to_be_visible()
    expect(at_page.get_by_role("link", name="Sam <b>& Sons</b>")).to_be_visible()


def test_other_sites_press_no_buttons_here(box: Box) -> None:
    answer = box.session.post(
        f"{box.url}/play/reset", headers={"Sec-Fetch-Site": "cross-site"}, timeout=5, allow_redirects=False
    )
    assert answer.status_code == 403


def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere(box: Box) -> None:
    answer = box.session.get(box.url, timeout=5)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "style=" not in answer.text
