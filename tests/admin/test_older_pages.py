"""Settings in two browsers: whoever saves an older page changes what they changed, and undoes nothing."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest

from igapp import db, utc
from igapp.desk import account_settings, hours, prepared, retention, settings
from igapp.desk.retention import Retention
from igapp.models import Account, Answer, AutoReply, Role, User
from tests.factories import make_account, make_inbox, make_user
from tests.web.conftest import Door

Enter = Callable[..., Door]

FIELD = re.compile(r'<input type="hidden" name="(shown-[^"]+)" value="([^"]*)">')


@pytest.fixture
def ada(db_session: object) -> User:
    return make_user("Ada", Role.ADMIN)


def shown(page: str) -> dict[str, Any]:
    """What a page says that it shows."""
    return {name: html.unescape(value) for name, value in FIELD.findall(page)}


def account_form(account: Account, **changed: str) -> dict[str, Any]:
    """The form of an account that lets everything in; a switch that is off is not in it."""
    form = {"inbox_id": str(account.inbox_id), "sla_minutes": "", "link_format": "article", "auto_reply": "never"}
    form |= dict.fromkeys(("is_dm_on", "is_comments_on", "is_story_mentions_on", "is_echo_on"), "1")
    return form | {"auto_reply_text": ""} | changed


def test_an_older_page_of_an_account_switches_nothing_on_again(enter: Enter, ada: User) -> None:
    account, care = make_account(), make_inbox("Care")
    door, path = enter(ada), f"/settings/accounts/{account.id}"
    page, form = door.get(path).text, account_form(account, sla_minutes="45")
    account_settings.change(account, ada, utc.now(), is_comments_on=False, inbox_id=care.id)
    account.auto_reply, account.auto_reply_text = AutoReply.AT_START, "Hello from us."
    door.post(path, **form, **shown(page))
    db.session().refresh(account)
    assert (account.is_comments_on, account.inbox_id, account.sla_minutes) == (False, care.id, 45)
    assert (account.auto_reply, account.auto_reply_text) == (AutoReply.AT_START, "Hello from us.")


def test_what_an_older_page_changes_is_changed(enter: Enter, ada: User) -> None:
    account = make_account()
    door, path = enter(ada), f"/settings/accounts/{account.id}"
    account_settings.change(account, ada, utc.now(), sla_minutes=30)
    page = door.get(path).text
    form = account_form(account, sla_minutes="")
    del form["is_echo_on"]
    door.post(path, **form, **shown(page))
    db.session().refresh(account)
    assert (account.sla_minutes, account.is_echo_on, account.is_dm_on) == (None, False, True)


def test_a_refused_page_still_knows_what_it_showed_at_first(enter: Enter, ada: User) -> None:
    account = make_account()
    door, path = enter(ada), f"/settings/accounts/{account.id}"
    page = door.get(path).text
    refused = door.post(path, **account_form(account, sla_minutes="soon"), **shown(page))
    assert shown(refused.text) == shown(page)
    assert 'value="soon"' in refused.text


def test_an_older_page_of_the_workflow_keeps_what_others_set(enter: Enter, ada: User) -> None:
    door = enter(ada)
    page = door.get("/settings/workflow").text
    settings.change(ada, utc.now(), offer_seconds=60, needs_topic=True)
    form = {name.removeprefix("shown-"): value for name, value in shown(page).items() if value}
    door.post("/settings/workflow", **form | {"reopen_hours": "12"}, **shown(page))
    now = settings.workflow()
    assert (now.offer_seconds, now.needs_topic, now.reopen_hours) == (60, True, 12)


def test_an_older_page_gives_nobody_their_role_back(enter: Enter, ada: User) -> None:
    bo = make_user("Bo", Role.ADMIN)
    door, path = enter(ada), f"/settings/users/{bo.id}"
    page = door.get(path).text
    bo.role = Role.AGENT
    door.post(path, name="Bo Larsen", role="admin", **shown(page))
    db.session().refresh(bo)
    assert (bo.name, bo.role) == ("Bo Larsen", Role.AGENT)


def test_an_older_page_of_an_inbox_keeps_its_new_name(enter: Enter, ada: User) -> None:
    care = make_inbox("Care")
    door, path = enter(ada), f"/settings/inboxes/{care.id}"
    page = door.get(path).text
    care.name = "Service"
    door.post(path, name="Care", sla_minutes="30", **shown(page))
    db.session().refresh(care)
    assert (care.name, care.sla_minutes) == ("Service", 30)


def test_an_older_page_of_hours_keeps_the_days_that_others_set(enter: Enter, ada: User) -> None:
    door = enter(ada)
    page = door.get("/settings/business-hours").text
    week = [None, *hours.current().week[1:]]
    hours.change(hours.Hours("Europe/Lisbon", tuple(week)), ada, utc.now())
    form: dict[str, Any] = {
        "time_zone": "UTC",
        "exceptions": "0",
        "day-5-open": "1",
        "day-5-from": "10:00",
        "day-5-to": "14:00",
    }
    for day in range(5):
        form |= {f"day-{day}-open": "1", f"day-{day}-from": "09:00", f"day-{day}-to": "17:00"}
    door.post("/settings/business-hours", **form, **shown(page))
    now = hours.current()
    assert (now.time_zone, now.week[0], now.week[5]) == ("Europe/Lisbon", None, hours.opening("10:00", "14:00"))


def test_an_older_page_of_an_answer_keeps_the_text_that_others_wrote(enter: Enter, ada: User) -> None:
    answer: Answer = prepared.save(None, "Shipping", "3 days,\nat most.", ada, utc.now())
    db.session().flush()
    door, path = enter(ada), f"/settings/answers/{answer.id}"
    page = door.get(path).text
    answer.text = "5 days."
    door.post(path, name="Delivery", text="3 days,\r\nat most.", **shown(page))
    db.session().refresh(answer)
    assert (answer.name, answer.text) == ("Delivery", "5 days.")


def test_an_older_page_of_privacy_keeps_things_as_long_as_others_set(enter: Enter, ada: User) -> None:
    door = enter(ada)
    page = door.get("/settings/privacy").text
    retention.change(Retention(24, 0), ada, utc.now())
    door.post("/settings/privacy/retention", conversation_months="0", event_days="90", **shown(page))
    assert retention.current() == Retention(24, 90)
