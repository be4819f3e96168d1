"""What goes into an answer: pictures by button, drop and paste, prepared answers, and keys faster than the network."""

import base64
import io
from collections.abc import Callable

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, Route, expect

from igapp import db, utc
from igapp.desk import prepared
from igapp.models import User
from tests.journeys.conftest import TYPING_MS, Company, eventually

pytestmark = pytest.mark.journey

Axe = Callable[[Page], None]

GIVE = """
    (place, { how, name, type, bytes }) => {
        const given = new DataTransfer();
        given.items.add(new File([Uint8Array.from(atob(bytes), (one) => one.charCodeAt())], name, { type }));
        const options = { bubbles: true, cancelable: true };
        if (how === "paste") place.dispatchEvent(new ClipboardEvent("paste", { ...options, clipboardData: given }));
        else place.dispatchEvent(new DragEvent("drop", { ...options, dataTransfer: given }));
    }
"""
"""Hands a file to an element as the browser does at a drop or a paste."""


def picture(name: str, colour: str) -> FilePayload:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(out, "PNG")
    return {"name": name, "mimeType": "image/png", "buffer": out.getvalue()}


def give(page: Page, how: str, file: FilePayload) -> None:
    place = page.get_by_role("log", name="Timeline") if how == "drop" else page.get_by_role("textbox", name="Message")
    values = {"name": file["name"], "type": file["mimeType"], "bytes": base64.b64encode(file["buffer"]).decode()}
    place.evaluate(GIVE, {"how": how, **values})


def hold_the_first(page: Page, url: str) -> list[Route]:
    """Will have the first request to somewhere, which waits until it is continued; those after it go on."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    page.route(url, hold)
    return held


def prepare(company: Company, name: str, text: str) -> None:
    with company.desk():
        user = db.session().query(User).first()
        assert user is not None
        prepared.save(None, name, text, user, utc.now())


def test_text_and_pictures_arrive_in_order(company: Company, bo: Page, axe: Axe) -> None:
    with bo.expect_file_chooser() as chooser:
        bo.get_by_role("button", name="Attach images").click()
    chooser.value.set_files([picture("one.png", "teal"), picture("two.png", "gold")])
    bo.get_by_role("button", name="Remove one.png").wait_for()
    axe(bo)
    bo.get_by_role("textbox", name="Message").fill("Here they are")
    bo.get_by_role("button", name="Send").click()
    replies = bo.get_by_role("article", name="Reply by Bo")
    expect(replies).to_have_count(3)
    for number in range(3):
        expect(replies.nth(number)).to_contain_text("Sent")
    sent = company.sandbox.get("/_sandbox/messages?direction=out")
    assert [(one["text"], len(one["attachments"])) for one in sent] == [("Here they are", 0), (None, 1), (None, 1)]
    expect(replies.nth(1).get_by_role("img", name="one.png")).to_be_visible()


def test_dropped_and_pasted_pictures_are_attached_and_a_film_is_refused(company: Company, bo: Page) -> None:
    give(bo, "drop", picture("dropped.png", "teal"))
    bo.get_by_role("button", name="Remove dropped.png").wait_for()
    give(bo, "paste", picture("pasted.png", "gold"))
    bo.get_by_role("button", name="Remove pasted.png").wait_for()
    give(bo, "drop", {"name": "film.mp4", "mimeType": "video/mp4", "buffer": b"no picture"})
    expect(bo.get_by_role("alert")).to_contain_text("“film.mp4” cannot be sent.")
    bo.get_by_role("button", name="Remove dropped.png").click()
    expect(bo.get_by_role("button", name="Remove dropped.png")).to_have_count(0)
    bo.get_by_role("button", name="Send").click()
    expect(bo.get_by_role("article", name="Reply by Bo")).to_contain_text("Sent")
    sent = company.sandbox.get("/_sandbox/messages?direction=out")
    assert [(one["text"], len(one["attachments"])) for one in sent] == [(None, 1)]


def test_what_is_given_while_pictures_go_up_waits_for_them(company: Company, bo: Page) -> None:
    held = hold_the_first(bo, "**/uploads")
    with bo.expect_request("**/uploads"):
        give(bo, "drop", picture("first.png", "teal"))
    give(bo, "paste", picture("second.png", "gold"))
    give(bo, "drop", picture("third.png", "navy"))
    eventually(lambda: held)[0].continue_()
    for name in ("first", "second", "third"):
        bo.get_by_role("button", name=f"Remove {name}.png").wait_for()


def test_a_prepared_answer_is_picked_with_a_slash(company: Company, bo: Page) -> None:
    prepare(company, "Shipping", "Dear {{customer_first_name}}, it ships today. {{agent_name}}")
    message = bo.get_by_role("textbox", name="Message")
    message.press_sequentially("/ship", delay=TYPING_MS)
    bo.get_by_role("option", name="Shipping").wait_for()
    bo.keyboard.press("Enter")
    expect(message).to_have_value("Dear Lena, it ships today. Bo")


@pytest.mark.browser
def test_enter_waits_for_the_answers_that_were_typed_for(company: Company, bo: Page) -> None:
    prepare(company, "Apology", "We are sorry.")
    prepare(company, "Shipping", "It ships today.")
    message = bo.get_by_role("textbox", name="Message")
    message.press_sequentially("/", delay=TYPING_MS)
    bo.get_by_role("option", name="Apology").wait_for()
    held = hold_the_first(bo, "**/answers?**")
    message.press_sequentially("ship", delay=TYPING_MS)
    bo.keyboard.press("Enter")
    eventually(lambda: held)[0].continue_()
    expect(message).to_have_value("It ships today.")
