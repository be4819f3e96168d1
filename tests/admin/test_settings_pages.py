"""Inboxes, topics, answers, business hours, automatic replies and the audit log, as pages."""

import csv
import io
import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from flask import Flask

from igapp import db, utc
from igapp.desk import account_settings, audit, hours, inboxes, people, prepared, settings, topics
from igapp.desk.hours import Exceptional, Hours, Opening
from igapp.desk.refusal import Refused
from igapp.models import Answer, AuditEntry, AutoReply, Identity, Inbox, Role, Topic, User
from tests.admin.test_reports import waited
from tests.desk.acts import meanwhile
from tests.factories import conversation_of, make_account, make_identity, make_inbox, make_user, support, write
from tests.web.conftest import Door

Enter = Callable[..., Door]
Named = TypeVar("Named", Inbox, Topic, Answer)

PAGES = {
    "accounts": "Instagram accounts",
    "workflow": "Conversation workflow",
    "inboxes": "Inboxes and members",
    "users": "Users",
    "topics": "Topics",
    "answers": "Answers",
    "business-hours": "Business hours",
    "ledger": "Delivery ledger",
    "audit": "Audit log",
    "privacy": "Privacy",
}


@pytest.fixture
def ada(db_session: object) -> User:
    return make_user("Ada", Role.ADMIN)


@pytest.fixture
def mia(db_session: object) -> User:
    return make_user("Mia", Role.MANAGER)


def one(model: type[Named], name: str) -> Named:
    db.session().expire_all()
    return db.session().scalars(sa.select(model).where(model.name == name)).unique().one()


@pytest.mark.parametrize(("path", "heading"), PAGES.items())
def test_each_page_is_listed_under_its_heading(enter: Enter, ada: User, path: str, heading: str) -> None:
    door = enter(ada)
    assert door.get("/settings/").text.count(f'href="/settings/{path}">{heading}</a>') == 1
    assert f"<h1>{heading}</h1>" in door.get(f"/settings/{path}").text


def test_managers_see_answers_alone(enter: Enter, mia: User) -> None:
    door = enter(mia)
    page = door.get("/settings/").text
    assert 'href="/settings/answers"' in page
    assert 'href="/settings/users"' not in page
    assert door.get("/settings/answers").status_code == 200
    assert door.get("/settings/audit").status_code == 403


def test_an_inbox_is_added_with_members(enter: Enter, ada: User) -> None:
    bo = make_user("Bo")
    enter(ada).post("/settings/inboxes", name="Care", sla_minutes="30", members=[bo.id])
    care = one(Inbox, "Care")
    assert care.sla_minutes == 30
    assert inboxes.member_ids(care) == {bo.id}


def ticked(page: str, name: str) -> dict[str, Any]:
    """What a browser sends of a page's boxes of that name, and of those that it was shown with."""
    boxes = re.findall(rf'<input type="checkbox" name="{name}" value="(\d+)" checked>', page)
    return {name: boxes, "shown": re.findall(r'<input type="hidden" name="shown" value="(\d*)">', page)}


def test_saving_an_inbox_keeps_a_member_who_is_deactivated(enter: Enter, ada: User) -> None:
    bo = make_user("Bo")
    people.deactivate(bo, ada, utc.now())
    door, path = enter(ada), f"/settings/inboxes/{support().id}"
    form = ticked(door.get(path).text, "members")
    for chosen in (form, form | {"shown": []}):
        door.post(path, name="Support", sla_minutes="30", **chosen)
        db.session().expire_all()
        assert inboxes.member_ids(support()) == {ada.id, bo.id}


def test_saving_an_inbox_undoes_nothing_that_others_did_since_it_was_shown(enter: Enter, ada: User) -> None:
    care = make_inbox("Care")
    bo, cy, dee = make_user("Bo", inbox=care), make_user("Cy"), make_user("Dee")
    door, path = enter(ada), f"/settings/inboxes/{care.id}"
    stale = ticked(door.get(path).text, "members")
    door.post(path, name="Care", sla_minutes="30", members=[cy.id])
    door.post(path, name="Care", sla_minutes="30", members=[bo.id, dee.id], shown=stale["shown"])
    db.session().expire_all()
    assert inboxes.member_ids(one(Inbox, "Care")) == {cy.id, dee.id}


def test_a_refused_inbox_is_shown_with_those_whom_it_was_shown_with(enter: Enter, ada: User) -> None:
    door, path = enter(ada), f"/settings/inboxes/{support().id}"
    page = door.post(path, name="", sla_minutes="30", members=[], shown=["", str(ada.id)]).text
    assert ticked(page, "members") == {"members": [], "shown": ["", str(ada.id)]}


def test_a_changed_sla_leaves_running_due_times(enter: Enter, ada: User) -> None:
    now = utc.now()
    ana = make_identity(make_account())
    write(ana, now=now)
    due_at = conversation_of(ana).due_at
    enter(ada).post(f"/settings/inboxes/{support().id}", name="Support", sla_minutes="5", members=[ada.id])
    write(make_identity(make_account(), "Lena"), now=now)
    assert conversation_of(ana).due_at == due_at == now + utc.minutes(60)
    assert conversation_of(make_late(now)).due_at == now + utc.minutes(5)


def make_late(now: datetime) -> Identity:
    db.session().expire_all()
    late = make_identity(make_account(), "Late")
    write(late, now=now)
    return late


@pytest.mark.parametrize(
    ("name", "sla", "said"), [("", "60", "name"), ("Support", "60", "already"), ("New", "0", "SLA")]
)
def test_an_inbox_that_cannot_be_is_refused(enter: Enter, ada: User, name: str, sla: str, said: str) -> None:
    answer = enter(ada).post("/settings/inboxes", name=name, sla_minutes=sla)
    assert answer.status_code == 422
    assert said in answer.text


@pytest.mark.parametrize("again", ["Élan", "éLAN", "E\u0301lan"])
def test_inboxes_of_one_name_are_refused_however_it_is_written(enter: Enter, ada: User, again: str) -> None:
    door = enter(ada)
    assert door.post("/settings/inboxes", name="Élan", sla_minutes="60").status_code == 303
    answer = door.post("/settings/inboxes", name=again, sla_minutes="60")
    assert answer.status_code == 422
    assert "There is an inbox “Élan” already." in answer.text


def test_an_inbox_keeps_its_name_in_other_letters(enter: Enter, ada: User) -> None:
    enter(ada).post(f"/settings/inboxes/{support().id}", name="SUPPORT", sla_minutes="60", members=[ada.id])
    assert one(Inbox, "SUPPORT").is_default


ENDLESS = "9" * 5000
"""Python itself refuses to read so long a number."""


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("inboxes", {"name": "Care", "sla_minutes": ENDLESS}),
        ("workflow", dict.fromkeys(settings.LIMITS, ENDLESS)),
        ("privacy/retention", {"conversation_months": ENDLESS, "event_days": "0"}),
        ("business-hours", {"day-0-open": "1", "day-0-from": f"{ENDLESS}:00", "day-0-to": "10:00", "exceptions": "0"}),
    ],
)
def test_a_number_without_end_is_refused_in_words(enter: Enter, ada: User, path: str, form: dict[str, Any]) -> None:
    answer = enter(ada).post(f"/settings/{path}", **form)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_an_accounts_sla_without_end_is_refused_in_words(enter: Enter, ada: User) -> None:
    answer = enter(ada).post(f"/settings/accounts/{make_account().id}", **account_form(sla_minutes=ENDLESS))
    assert answer.status_code == 422
    assert "whole number of minutes" in answer.text


def test_an_inbox_in_use_is_not_deleted(enter: Enter, ada: User) -> None:
    care = make_inbox("Care")
    make_account("our.brand", inbox=care)
    door = enter(ada)
    door.post(f"/settings/inboxes/{care.id}/deletion", is_sure="1")
    assert "@our.brand route to Care." in door.get("/settings/inboxes").text
    one(Inbox, "Care")


def test_an_inbox_that_reports_name_is_not_deleted(enter: Enter, ada: User) -> None:
    care = make_inbox("Care")
    account = make_account("our.shop", inbox=care)
    waited(account, 5)
    account.inbox = support()
    db.commit()
    door = enter(ada)
    assert door.post(f"/settings/inboxes/{care.id}/deletion", is_sure="1").status_code < 500
    assert "Reports have answers of Care; it stays for them." in door.get("/settings/inboxes").text
    one(Inbox, "Care")


def test_an_unused_inbox_is_deleted_after_asking(enter: Enter, ada: User) -> None:
    care_id = make_inbox("Care").id
    door = enter(ada)
    assert "Delete Care?" in door.post(f"/settings/inboxes/{care_id}/deletion").text
    door.post(f"/settings/inboxes/{care_id}/deletion", is_sure="1")
    db.session().expire_all()
    assert inboxes.find(care_id) is None


def test_topics_grow_below_each_other(enter: Enter, ada: User) -> None:
    door = enter(ada)
    door.post("/settings/topics", name="Returns", parent="")
    door.post("/settings/topics", name="Exchange", parent=one(Topic, "Returns").id)
    assert [topic.path for topic in topics.tree()] == ["Returns", "Returns › Exchange"]


def test_a_topic_in_use_is_retired_and_used_again(enter: Enter, ada: User) -> None:
    ana = make_identity(make_account())
    write(ana)
    returns = topics.create("Returns", None, ada, utc.now())
    topics.add(conversation_of(ana), returns, ada, utc.now())
    door = enter(ada)
    door.post(f"/settings/topics/{returns.id}/retirement", is_sure="1")
    assert topics.tree() == []
    door.post("/settings/topics", name="Returns", parent="")
    assert [topic.path for topic in topics.tree()] == ["Returns"]


def retired(ada: User, *path: str) -> list[Topic]:
    """A topic below the other, each of them retired and kept for the conversation that has it."""
    write(ana := make_identity(make_account()))
    found: list[Topic] = []
    for name in path:
        found.append(topics.create(name, found[-1] if found else None, ada, utc.now()))
        topics.add(conversation_of(ana), found[-1], ada, utc.now())
    for topic in reversed(found):
        topics.retire(topic, ada, utc.now())
    return found


@pytest.mark.parametrize("name", ["Exchange", "Refund"])
def test_nothing_is_added_or_used_again_below_a_retired_topic(enter: Enter, ada: User, name: str) -> None:
    returns, exchange, _ = retired(ada, "Returns", "Exchange", "Size")
    door = enter(ada)
    for parent in (returns, exchange):
        answer = door.post("/settings/topics", name=name if parent is returns else "Size", parent=parent.id)
        assert answer.status_code == 422
        assert "“Returns” is retired. Use it again first." in answer.text
    door.post("/settings/topics", name="Returns", parent="")
    door.post("/settings/topics", name=name, parent=returns.id)
    assert [topic.path for topic in topics.tree()] == ["Returns", f"Returns › {name}"]


def test_topics_of_one_name_are_refused_however_it_is_written(enter: Enter, ada: User) -> None:
    door = enter(ada)
    for name in ("Returns", "Other"):
        door.post("/settings/topics", name=name)
    other = one(Topic, "Other").id
    for answer in (
        door.post("/settings/topics", name="returns"),
        door.post(f"/settings/topics/{other}", name="RETURNS"),
    ):
        assert answer.status_code == 422
        assert "There is a topic “Returns” already." in answer.text
    door.post(f"/settings/topics/{other}", name="OTHER")
    door.post("/settings/topics", name="returns", parent=other)
    assert [topic.path for topic in topics.tree()] == ["OTHER", "OTHER › returns", "Returns"]


def test_two_administrators_add_a_topic_once(app: Flask, ada: User) -> None:
    db.commit()
    topics.create("Returns", None, ada, utc.now())
    with pytest.raises(Refused, match="already"):
        meanwhile(app, ada, lambda eve: topics.create("Returns", None, eve, utc.now()))
    assert [topic.path for topic in topics.tree()] == ["Returns"]


def test_a_topic_that_was_retired_meanwhile_gets_none_below(app: Flask, ada: User) -> None:
    returns = topics.create("Returns", None, ada, utc.now())
    db.commit()
    number = returns.id
    topics.retire(returns, ada, utc.now())

    def add(eve: User) -> object:
        return topics.create("Exchange", db.session().get(Topic, number) or Topic(id=number), eve, utc.now())

    with pytest.raises(Refused, match="gone"):
        meanwhile(app, ada, add)


def test_answers_of_one_name_are_refused_however_it_is_written(enter: Enter, mia: User) -> None:
    door = enter(mia)
    door.post("/settings/answers", name="Hello", text="Hello!")
    assert door.post("/settings/answers", name="hello", text="Hi!").status_code == 422
    door.post(f"/settings/answers/{one(Answer, 'Hello').id}", name="HELLO", text="Hi!")
    assert one(Answer, "HELLO").text == "Hi!"


def test_managers_write_answers(enter: Enter, mia: User) -> None:
    door = enter(mia)
    door.post("/settings/answers", name="Shipping", text="Hello {{customer_first_name}}, 3 days.")
    answer = one(Answer, "Shipping")
    door.post(f"/settings/answers/{answer.id}", name="Shipping time", text="4 days.")
    assert [found.text for found in prepared.search("shipping time")] == ["4 days."]
    door.post(f"/settings/answers/{answer.id}/deletion", is_sure="1")
    assert prepared.search("") == []


def test_every_answer_is_found_and_the_page_says_how_many_it_does_not_show(enter: Enter, mia: User) -> None:
    many = [Answer(name=f"A{number:04}", text=f"word{number}", changed_at=utc.now()) for number in range(502)]
    db.session().add_all(many)
    door = enter(mia)
    page = door.get("/settings/answers").text
    assert "A0501" not in page
    assert "2 more are not shown." in page
    assert "A0501" in door.get("/settings/answers?words=word501").text
    assert [one.name for one in prepared.search("word501")] == ["A0501"]


def week(**changed: str) -> dict[str, Any]:
    """The form of the working week."""
    form: dict[str, Any] = {"time_zone": "Europe/Lisbon", "exceptions": "0"}
    for day in range(5):
        form |= {f"day-{day}-open": "1", f"day-{day}-from": "09:00", f"day-{day}-to": "18:30"}
    return form | changed


def test_hours_are_saved(enter: Enter, ada: User) -> None:
    enter(ada).post("/settings/business-hours", **week())
    now = hours.current()
    assert (now.time_zone, now.week[0], now.week[6]) == ("Europe/Lisbon", Opening(540, 1110), None)


def test_exceptions_are_added_and_removed(enter: Enter, ada: User) -> None:
    door = enter(ada)
    new: dict[str, Any] = {"exception-new-day": "2026-12-25", "exception-new-name": "Christmas"}
    door.post("/settings/business-hours", **week(**new))
    [christmas] = hours.current().exceptions
    assert (christmas.day, christmas.name, christmas.opening) == (date(2026, 12, 25), "Christmas", None)
    gone: dict[str, Any] = {"exceptions": "1", "exception-0-day": "2026-12-25", "exception-0-remove": "1"}
    door.post("/settings/business-hours", **week(**gone))
    assert hours.current().exceptions == ()


def test_an_exception_that_a_colleague_added_meanwhile_stays(enter: Enter, ada: User) -> None:
    christmas, eve = (Exceptional(date(2026, 12, day), name, None) for day, name in ((25, "Christmas"), (24, "Eve")))
    hours.change(Hours(exceptions=(eve, christmas)), ada, utc.now())
    shown = {"exceptions": "1", "exception-0-shown": "2026-12-25", "exception-0-day": "2026-12-26"}
    answer = enter(ada).post("/settings/business-hours", **week(**shown | {"exception-0-name": "Boxing Day"}))
    assert answer.status_code == 303
    assert [(one.day.day, one.name) for one in hours.current().exceptions] == [(24, "Eve"), (26, "Boxing Day")]


def test_the_page_says_which_exceptions_it_shows(enter: Enter, ada: User) -> None:
    hours.change(Hours(exceptions=(Exceptional(date(2026, 12, 25), "Christmas", None),)), ada, utc.now())
    refused = {"day-0-from": "nine", "exceptions": "1", "exception-0-shown": "2026-12-25"}
    assert 'name="exception-0-shown" value="2026-12-25"' in enter(ada).get("/settings/business-hours").text
    answer = enter(ada).post("/settings/business-hours", **week(**refused | {"exception-0-day": "2026-12-26"}))
    assert 'name="exception-0-shown" value="2026-12-25"' in answer.text


def test_hours_that_cannot_be_are_refused(enter: Enter, ada: User) -> None:
    answer = enter(ada).post("/settings/business-hours", **week(**{"day-0-from": "nine"}))
    assert answer.status_code == 422
    assert "Write times as hours and minutes" in answer.text


def test_refused_hours_are_shown_as_they_were_typed(enter: Enter, ada: User) -> None:
    hours.change(Hours(exceptions=(Exceptional(date(2026, 12, 25), "Christmas", None),)), ada, utc.now())
    form: dict[str, Any] = {
        "day-0-from": "07:15", "day-0-to": "07:15", "exceptions": "1", "exception-0-day": "2026-12-24",
        "exception-0-name": "Eve", "exception-0-remove": "1", "exception-new-day": "2027-01-01",
        "exception-new-name": "New Year", "exception-new-open": "1", "exception-new-from": "10:10",
    }  # fmt: skip
    answer = enter(ada).post("/settings/business-hours", **week(**form))
    assert answer.status_code == 422
    assert "<option selected>Europe/Lisbon</option>" in answer.text
    for name in ("day-0-open", "day-4-open", "exception-0-remove", "exception-new-open"):
        assert f'name="{name}" value="1" checked' in answer.text
    assert 'name="day-6-open" value="1">' in answer.text
    for name in ("day-0-from", "exception-0-name", "exception-new-day", "exception-new-name", "exception-new-from"):
        assert f'name="{name}" value="{form[name]}"' in answer.text
    assert [one.name for one in hours.current().exceptions] == ["Christmas"]


@pytest.mark.parametrize("written", [{"name": "Christmas"}, {"open": "1", "from": "08:00", "to": "12:00"}])
def test_an_exception_without_its_day_is_refused(enter: Enter, ada: User, written: dict[str, str]) -> None:
    new = {f"exception-new-{name}": value for name, value in written.items()}
    answer = enter(ada).post("/settings/business-hours", **week(**{"exception-new-day": ""} | new))
    assert answer.status_code == 422
    assert "Choose the day of the exception." in answer.text


@pytest.mark.parametrize("count", [{}, {"exceptions": "x"}, {"exceptions": "9" * 9}])
def test_a_form_that_counts_no_exceptions_leaves_them(enter: Enter, ada: User, count: dict[str, Any]) -> None:
    kept = (Exceptional(date(2026, 12, 25), "Christmas", None),)
    hours.change(Hours(exceptions=kept), ada, utc.now())
    enter(ada).post("/settings/business-hours", time_zone="Europe/Lisbon", **count)
    assert (hours.current().time_zone, hours.current().exceptions) == ("Europe/Lisbon", kept)


def test_a_refused_account_is_shown_as_it_was_typed(enter: Enter, ada: User) -> None:
    account, care = make_account(), make_inbox("Care")
    form = account_form(
        inbox_id=str(care.id), sla_minutes="77", link_format="plain", auto_reply="at_start", is_dm_on="1"
    )
    answer = enter(ada).post(f"/settings/accounts/{account.id}", **form)
    assert answer.status_code == 422
    assert (
        'name="sla_minutes" inputmode="numeric" autocomplete="off" aria-describedby="sla_minutes-help" value="77"'
        in (answer.text)
    )
    for option in (care.id, "plain", "at_start"):
        assert f'<option value="{option}" selected>' in answer.text
    for name, is_on in (("is_dm_on", True), ("is_echo_on", False)):
        assert (f'aria-describedby="{name}-help" checked' in answer.text) == is_on


def test_a_refused_name_of_a_topic_is_shown_as_it_was_typed(enter: Enter, ada: User) -> None:
    topics.create("Returns", None, ada, utc.now())
    other = topics.create("Other", None, ada, utc.now())
    answer = enter(ada).post(f"/settings/topics/{other.id}", name="Returns")
    assert answer.status_code == 422
    assert 'value="Returns"' in answer.text
    assert "<h1>Other</h1>" in answer.text


def account_form(**changed: str) -> dict[str, Any]:
    return {"inbox_id": str(support().id), "link_format": "article", "auto_reply": "never"} | changed


def test_an_accounts_automatic_reply_is_set_on_its_page(enter: Enter, ada: User) -> None:
    account = make_account()
    form = account_form(auto_reply="outside_hours", auto_reply_text="We are asleep.")
    enter(ada).post(f"/settings/accounts/{account.id}", **form)
    db.session().refresh(account)
    assert (account.auto_reply, account.auto_reply_text) == (AutoReply.OUTSIDE_HOURS, "We are asleep.")


def test_an_automatic_reply_without_words_is_refused_and_nothing_is_saved(enter: Enter, ada: User) -> None:
    account = make_account()
    answer = enter(ada).post(f"/settings/accounts/{account.id}", **account_form(auto_reply="at_start"))
    assert "Write the automatic reply first." in answer.text
    db.session().refresh(account)
    assert account.is_dm_on


def test_every_workflow_setting_is_saved(enter: Enter, ada: User) -> None:
    form: dict[str, Any] = {
        "standard_capacity": "4", "maximum_capacity": "6", "offer_seconds": "45", "next_delay_seconds": "10",
        "same_agent_minutes": "20", "reopen_hours": "0", "needs_topic": "1", "default_sla_minutes": "90",
        "sends_per_window": "100",
    }  # fmt: skip
    enter(ada).post("/settings/workflow", **form)
    now = settings.workflow()
    assert (now.default_sla_minutes, now.sends_per_window, now.needs_topic) == (90, 100, True)
    assert not now.is_assignment_by_banner


def entries() -> list[AuditEntry]:
    return list(db.session().scalars(sa.select(AuditEntry).order_by(AuditEntry.id)))


def test_the_audit_log_says_who_did_what(enter: Enter, ada: User) -> None:
    audit.record(ada, "user.role_changed", "bo@our.brand", utc.now(), before="agent", after="manager")
    page = enter(ada).get("/settings/audit").text
    assert "User: role changed" in page
    assert "agent → manager" in page


def test_the_audit_log_names_several_in_words(enter: Enter, ada: User) -> None:
    audit.record(ada, "user.inboxes_changed", "bo@our.brand", utc.now(), before=["Care", "Support"], after=[])
    assert "Care, Support → –" in enter(ada).get("/settings/audit").text


def told(page: str) -> str:
    """What the audit log's page says, without its marks."""
    return re.sub(r"<[^>]+>", "", page)


def downloaded(door: Door) -> list[dict[str, str]]:
    """The audit log's CSV."""
    text = door.get("/settings/audit/csv").get_data(as_text=True)
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))


def test_the_audit_log_says_of_several_values_those_that_changed(enter: Enter, ada: User) -> None:
    door, inbox = enter(ada), make_inbox("Care")
    hours.change(Hours(exceptions=(Exceptional(date(2026, 12, 25), "Christmas", None),)), ada, utc.now())
    door.post("/settings/business-hours", **week(**{"day-0-to": "16:00", "exceptions": "0"}))
    door.post(f"/settings/inboxes/{inbox.id}", name="Care", sla_minutes="45", members=[ada.id])
    page = told(door.get("/settings/audit").text)
    for line in (
        "time zone: UTC → Europe/Lisbon",
        "Monday: 09:00 to 17:00 → 09:00 to 16:00",
        "exceptions: – → 2026-12-25 Christmas closed",
        "sla minutes: 60 → 45",
        "joined: ada@our.brand",
    ):
        assert line in page, line
    assert "Saturday" not in page
    [row] = [one for one in downloaded(door) if one["What"] == "inbox.members_changed"]
    assert row["Details"] == "joined: ada@our.brand; left: –"


def test_the_audit_log_calls_an_accounts_inbox_by_its_name(enter: Enter, ada: User) -> None:
    account, care = make_account(), make_inbox("Care")
    before = account.inbox.name
    account_settings.change(account, ada, utc.now(), inbox_id=care.id, is_dm_on=False)
    page = told(enter(ada).get("/settings/audit").text)
    assert f"{before} → Care" in page
    assert "setting: inbox" in page
    assert "on → off" in page


def test_the_audit_log_is_filtered(enter: Enter, ada: User) -> None:
    bo = make_user("Bo")
    audit.record(ada, "user.renamed", "somebody", utc.now())
    audit.record(bo, "customer.blocked", "17", utc.now())
    door = enter(ada)
    assert "Customer: blocked" not in door.get("/settings/audit?area=user").text
    assert "User: renamed" not in door.get(f"/settings/audit?person={bo.id}").text
    assert "Customer: blocked" in door.get("/settings/audit?words=17").text
    assert "Nothing was found" in door.get("/settings/audit?from=2020-01-01&to=2020-01-02").text


def test_the_audit_log_goes_back_page_by_page(enter: Enter, ada: User) -> None:
    for number in range(55):
        audit.record(ada, "user.renamed", f"entry-{number:02}", utc.now())
    door = enter(ada)
    first = door.get("/settings/audit").text
    assert "entry-54" in first
    assert "entry-04" not in first
    before = min(entry.id for entry in entries() if entry.subject == "entry-05")
    assert "entry-04" in door.get(f"/settings/audit?before={before}").text


def test_the_audit_log_is_downloaded_without_formulas(enter: Enter, ada: User) -> None:
    audit.record(ada, "user.renamed", "=cmd()", utc.now(), before="+1", after="a")
    [row] = downloaded(enter(ada))
    assert (row["Who"], row["What"], row["About"]) == ("Ada", "user.renamed", "'=cmd()")


def test_a_person_who_cannot_be_is_refused_before_the_download_begins(enter: Enter, ada: User) -> None:
    door, asked = enter(ada), f"?person={'9' * 30}"
    assert door.get(f"/settings/audit/csv{asked}").status_code == door.get(f"/settings/audit{asked}").status_code == 400


def test_changes_on_pages_are_in_the_audit_log(enter: Enter, ada: User) -> None:
    door = enter(ada)
    door.post("/settings/inboxes", name="Care", sla_minutes="30", members=[ada.id])
    door.post("/settings/business-hours", **week())
    door.post("/settings/topics", name="Returns")
    assert {"inbox.created", "inbox.members_changed", "business_hours.changed", "topic.created"} <= {
        entry.action for entry in entries()
    }
    assert people.inboxes_of([ada.id])[ada.id]


def test_the_audit_log_leads_to_the_customer_that_an_entry_is_about(enter: Enter, ada: User) -> None:
    audit.record(ada, "customer.phone.added", "7", utc.now())
    audit.record(ada, "topic.created", "8", utc.now())
    text = enter(ada).get("/settings/audit").text
    assert "Customer: phone added" in text
    assert '<a class="link" href="/customers/7">customer 7</a>' in text
    assert "/customers/8" not in text


AT_FAULT = re.compile(r'<(?:input|select|textarea)[^>]* (?:id|name)="([^"]+)"[^>]* aria-invalid="true" autofocus')


@pytest.mark.parametrize(
    ("path", "form", "field", "said"),
    [
        ("users", {"email": "bo", "name": "Bo", "role": "agent"}, "email", "An email address is needed"),
        ("users", {"email": "bo@x.org", "name": " ", "role": "agent"}, "name", "A name of 1 to 80"),
        ("inboxes", {"name": "support", "sla_minutes": "60"}, "name", "There is an inbox “Support” already."),
        ("inboxes", {"name": "Care", "sla_minutes": "soon"}, "sla_minutes", "The SLA must be a whole number"),
        ("topics", {"name": "a›b"}, "name", "without ›"),
        ("answers", {"name": "Hello", "text": " "}, "text", "An answer needs a text"),
        ("workflow", {"standard_capacity": "6"}, "maximum_capacity", "must be at least the standard one"),
        ("workflow", {"offer_seconds": "301"}, "offer_seconds", "from 5 to 300"),
        ("privacy/retention", {"conversation_months": "0", "event_days": "1"}, "event_days", "at least 3 days"),
        ("business-hours", {"day-2-from": "nine"}, "day-2-from", "Wednesday: Write times as hours and minutes"),
        ("business-hours", {"exception-new-name": "Xmas"}, "exception-new-day", "Choose the day of the exception."),
    ],
)
def test_what_is_wrong_stands_at_its_field_which_is_gone_to(
    enter: Enter, ada: User, path: str, form: dict[str, Any], field: str, said: str
) -> None:
    whole = {"workflow": workflow_form, "business-hours": week}.get(path, dict)()
    answer = enter(ada).post(f"/settings/{path}", **whole | form)
    assert answer.status_code == 422
    assert AT_FAULT.findall(answer.text) == [field]
    assert re.search(f'id="problem" role="alert">[^<]*{re.escape(said)}', answer.text)


def workflow_form() -> dict[str, str]:
    """The numbers as they are at first."""
    return {name: str(getattr(settings.workflow(), name)) for name in settings.LIMITS}
