"""The reports page, its charts and its CSV."""

import csv
import io
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from igapp import db, utc
from igapp.desk import rollups
from igapp.models import Channel, Role, User, Wait, WaitOutcome
from igapp.web import charts, csv_file
from tests.factories import make_account, make_identity, make_user, support, write
from tests.web.conftest import Door

Enter = Callable[..., Door]


@pytest.fixture
def mia(db_session: object) -> User:
    return make_user("Mia", Role.MANAGER)


def answered(name: str = "Bo") -> None:
    """One message of a moment ago, answered within two minutes."""
    now, account, bo = utc.now(), make_account("our.brand"), make_user(name)
    write(make_identity(account), now=now)
    wait = Wait(
        account_id=account.id, inbox_id=account.inbox_id, agent_id=bo.id, channel=Channel.DM,
        began_at=now - utc.minutes(2), due_at=now + utc.hours(1), ended_at=now,
        outcome=WaitOutcome.ANSWERED, is_first=True,
    )  # fmt: skip
    db.session().add(wait)
    db.session().flush()
    for day in rollups.due(now):
        rollups.build(day, now)


def test_the_page_shows_the_last_week(enter: Enter, mia: User) -> None:
    answered()
    page = enter(mia).get("/reports").text
    assert "<b>100.0 %</b>" in page
    assert ">Bo</a></th>" in page
    assert page.count('class="chart__bar chart__bar--1"') == 7


def test_the_csv_has_the_same_figures(enter: Enter, mia: User) -> None:
    answered()
    answer = enter(mia).get("/reports/csv?days=7")
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="report-')
    assert (rows[0]["Inbound"], rows[0]["Answered"], rows[0]["In time %"]) == ("1", "1", "100.0")
    assert (rows[0]["Open"], rows[0]["Waiting"]) == ("1", "0")
    assert {row["Name"] for row in rows if row["By"] == "Agent"} == {"Bo"}


def test_days_may_be_chosen(enter: Enter, mia: User) -> None:
    answered()
    page = enter(mia).get("/reports?from=2020-01-01&to=2020-01-31").text
    assert "1 Jan 2020 to 31 Jan 2020" in page
    assert ">Bo</a></th>" not in page


def test_a_period_has_an_end(enter: Enter, mia: User) -> None:
    assert enter(mia).get("/reports?from=1900-01-01&to=2020-01-31").status_code == 400


def test_nothing_at_all_is_a_page_too(enter: Enter, mia: User) -> None:
    assert "Nothing in this period." in enter(mia).get("/reports?days=365").text


def test_agents_see_no_reports(enter: Enter, db_session: object) -> None:
    door = enter(make_user("Bo"))
    assert (door.get("/reports").status_code, door.get("/reports/csv").status_code) == (403, 403)


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\u200b=1", "\x1b=1", "\uff1d1"])
def test_g_x4_no_cell_is_a_formula(formula: str) -> None:
    assert csv_file.cell(formula).startswith("'")


@pytest.mark.parametrize(("value", "text"), [(-5, "-5"), (1.5, "1.5"), (None, ""), ("Bo", "Bo")])
def test_other_cells_are_as_they_are(value: object, text: str) -> None:
    assert csv_file.cell(value) == text


def test_a_name_that_is_a_formula_is_none_in_the_csv(enter: Enter, mia: User) -> None:
    answered("=HYPERLINK")
    assert ",'=HYPERLINK," in enter(mia).get("/reports/csv").get_data(as_text=True)


def test_bars_fit_their_chart() -> None:
    chart = charts.bars(("a", "b"), [("x", (0, 999)), ("y", (3, 1))])
    assert all(bar.y >= 0 and bar.x + bar.width <= chart.width for bar in chart.bars)
    assert [mark.words for mark in chart.grid] == ["0", "250", "500", "750", "1,000"]


def test_a_chart_of_nothing_has_a_scale() -> None:
    assert [mark.words for mark in charts.bars(("a",), []).grid] == ["0", "1", "2", "3", "4"]


def test_one_agent_is_looked_at_alone(enter: Enter, mia: User) -> None:
    answered()
    bo = db.session().scalars(sa.select(User).where(User.name == "Bo")).one()
    page = enter(mia).get(f"/reports?of=agent:{bo.id}").text
    assert "Only Bo: show all" in page
    assert "By agent" not in page
    assert "<b>100.0 %</b>" in page
    assert "Overdue now" not in page
    assert "<b>0</b>" in page.partition(">Open</span>")[2][:20]


def test_one_inbox_is_looked_at_alone(enter: Enter, mia: User) -> None:
    answered()
    page = enter(mia).get(f"/reports?inbox={support().id}").text
    assert "By inbox" not in page
    assert ">Bo</a></th>" in page


@pytest.mark.parametrize(
    "query",
    [
        "of=agent:x",
        "of=nothing:1",
        "of=agent:999",
        "of=agent:" + "9" * 5000,
        "inbox=x",
        "days=x",
        "days=-4",
        "days=1e9",
    ],
)
def test_what_cannot_be_asked_is_left_out(enter: Enter, mia: User, query: str) -> None:
    assert enter(mia).get(f"/reports?{query}").status_code == 200
