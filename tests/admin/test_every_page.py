"""Pages of the administration: as many queries for a large company as for a small one, and every name is data."""

import csv
import unicodedata
from collections.abc import Callable
from datetime import timedelta

import pytest

from igapp import db, utc
from igapp.desk import audit, erasures, hours, prepared, topics
from igapp.desk.rollups import build
from igapp.models import Outcome, RetentionRun, Role, User, Wait
from tests.admin.test_ledger_page import event
from tests.admin.test_reports import waited
from tests.factories import conversation_of, make_account, make_identity, make_inbox, make_user, write
from tests.infra.counting import queries
from tests.web.conftest import Door

Enter = Callable[..., Door]

PAGES = (
    "/inboxes",
    "/inboxes?status=open",
    "/settings/",
    "/settings/accounts",
    "/settings/accounts/{accounts}",
    "/settings/workflow",
    "/settings/inboxes",
    "/settings/inboxes/{inboxes}",
    "/settings/users",
    "/settings/users/{users}",
    "/settings/topics",
    "/settings/topics/{topics}",
    "/settings/answers",
    "/settings/answers/{answers}",
    "/settings/business-hours",
    "/settings/ledger",
    "/settings/ledger/{ledger}",
    "/settings/audit",
    "/settings/audit?words=setting",
    "/settings/audit/csv",
    "/settings/privacy",
    "/settings/privacy?words=ana",
    "/settings/privacy/progress",
    "/reports",
    "/reports?inbox={inboxes}",
    "/reports?of=agent:{users}",
    "/reports/csv",
    "/me",
    "/help",
)


@pytest.fixture
def ada(db_session: object) -> User:
    return make_user("Ada", Role.ADMIN)


def grow(ada: User, number: int, name: str = "") -> dict[str, int]:
    """One more of everything that a page lists; returns the numbers of some."""
    now = utc.now()
    inbox, user = make_inbox(f"{name}Inbox {number}"), make_user(f"{name}User{number}")
    account = make_account(f"{name}account{number}", inbox=inbox)
    ana = make_identity(account, f"{name}Ana {number}")
    write(ana, now=now)
    conversation = conversation_of(ana)
    conversation.agent = user
    parent = topics.create(f"{name}Parent {number}", None, ada, now)
    topics.add(conversation, topics.create("Child", parent, ada, now), ada, now)
    topics.retire(topics.create(f"{name}Retired {number}", None, ada, now), ada, now)
    answer = prepared.save(None, f"{name}answer{number}", name or "Hello", ada, now)
    told = event(Outcome.APPLIED, ana, platform_id=f"{name}{number}", reason=name)
    audit.record(user, "setting.changed", f"{name}setting", now, before=name, after=number)
    db.session().add(RetentionRun(is_dry=True, asked_by=user, began_at=now, ended_at=now, counts={}))
    erasures.of_customer(make_identity(account, "Gone").customer, user, now)
    wait: Wait = waited(account, 3, user, conversation_id=conversation.id)
    wait.began_at, wait.due_at, wait.ended_at = now - utc.minutes(3), now, now
    day = hours.Exceptional(now.date() + timedelta(days=number), f"{name}Day {number}", None)
    before = hours.current()
    hours.change(hours.Hours("UTC", before.week, (*before.exceptions, day)), ada, now)
    db.session().flush()
    build(now.date(), now)
    db.commit()
    rows = {"inboxes": inbox, "users": user, "accounts": account, "topics": parent, "answers": answer, "ledger": told}
    return {name: row.id for name, row in rows.items()}  # type: ignore[attr-defined]


def test_g_v4_pages_of_the_administration_cost_the_same_however_large_the_company(enter: Enter, ada: User) -> None:
    door = enter(ada)
    numbers = grow(ada, 1)
    pages = [page.format(**numbers) for page in PAGES]
    for page in pages:
        assert door.get(page).status_code == 200, page
    few = {page: queries(lambda page=page: door.get(page)) for page in pages}  # type: ignore[misc]
    for number in range(2, 10):
        grow(ada, number)
    many = {page: queries(lambda page=page: door.get(page)) for page in pages}  # type: ignore[misc]
    assert {page: (few[page], many[page]) for page in pages if few[page] != many[page]} == {}
    assert max(many.values()) < 40


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "\"'><img src=x onerror=alert(1)>"])
def test_g_x4_names_and_texts_are_data_on_every_page_of_the_administration(enter: Enter, ada: User, name: str) -> None:
    numbers, door = grow(ada, 1, name), enter(ada)
    for page in (page.format(**numbers) for page in PAGES if not page.endswith("csv")):
        text = door.get(page).text
        assert "<script>alert" not in text, page
        assert "<img src=x" not in text, page


def test_g_x4_no_cell_of_a_download_is_a_formula(enter: Enter, ada: User) -> None:
    for number, name in enumerate(("=1+1;", "+1;", "-1;", "@SUM(A1);", "\u200b=1;", "\x1b[31m=1;", "\uff1d1;")):
        grow(ada, number, name)
    door = enter(ada)
    for page in ("/reports/csv", "/settings/audit/csv"):
        text = door.get(page).text
        rows = list(csv.reader(text.removeprefix("\ufeff").splitlines()))
        assert len(rows) > 7
        assert "\x1b" not in text
        assert [
            cell for row in rows for cell in row if unicodedata.normalize("NFKC", cell)[:1] in set("=+-@\u200b")
        ] == []
