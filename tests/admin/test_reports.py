"""What reports say, from facts to figures."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from igapp import db, utc
from igapp.desk import closing, conversations, hours, reports, rollups, spans, topics
from igapp.desk.figures import Figures, Period
from igapp.desk.hours import Hours
from igapp.desk.reports import Scope
from igapp.models import (
    Account,
    Channel,
    Dimension,
    Identity,
    ReportBacklog,
    ReportBucket,
    ReportCount,
    Role,
    User,
    Wait,
    WaitOutcome,
)
from tests.factories import conversation_of, make_account, make_agent, make_identity, make_inbox, make_user, write
from tests.infra.plans import plan, statements

DAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
EVENING = datetime(2026, 11, 23, 23, tzinfo=UTC)
TODAY = Period(DAY, DAY)


def waited(account: Account, minutes: float, agent: User | None = None, **values: object) -> Wait:
    """A wait that ended at noon."""
    facts: dict[str, object] = {
        "account_id": account.id,
        "inbox_id": account.inbox_id,
        "agent_id": agent.id if agent else None,
        "channel": Channel.DM,
        "began_at": NOON - utc.minutes(minutes),
        "due_at": NOON - utc.minutes(minutes) + utc.hours(1),
        "ended_at": NOON,
        "outcome": WaitOutcome.ANSWERED,
        "is_first": True,
    }
    wait = Wait(**(facts | values))
    db.session().add(wait)
    db.session().flush()
    return wait


def figures(period: Period = TODAY, now: datetime = EVENING) -> Figures:
    for day in rollups.due(now):
        rollups.build(day, now)
    return reports.totals(period, Scope())


@pytest.mark.parametrize(("seconds", "bucket"), [(0, 0), (10, 0), (10.1, 1), (60, 4), (604_801, len(spans.BOUNDS))])
def test_a_span_falls_into_one_bucket(seconds: float, bucket: int) -> None:
    assert spans.bucket_of(seconds) == bucket


def test_percentiles_come_from_buckets() -> None:
    histogram = {spans.bucket_of(50): 50, spans.bucket_of(1000): 50}
    assert spans.percentile(histogram, 50) == 60
    assert spans.percentile(histogram, 90) == 900 + 300 * 0.8
    assert spans.percentile({}, 50) is None


def test_answers_are_counted_in_time_and_late(db_session: Session) -> None:
    account = make_account()
    waited(account, 10)
    waited(account, 90)
    waited(account, 90, outcome=WaitOutcome.CANCELLED, is_first=False)
    waited(account, 5, outcome=WaitOutcome.CANCELLED, is_first=False)
    found = figures()
    assert (found.answered, found.in_time, found.late, found.cancelled) == (2, 1, 2, 2)
    assert found.attainment == pytest.approx(100 / 3)


def test_first_replies_are_told_from_all(db_session: Session) -> None:
    account = make_account()
    waited(account, 1)
    waited(account, 30, is_first=False)
    found = figures()
    first, every = found.first_reply(100), found.reply(100)
    assert first is not None
    assert every is not None
    assert first <= 60 < every


def test_what_came_in_is_counted_by_the_day_it_was_written(db_session: Session) -> None:
    ana = make_identity(make_account())
    write(ana, at=NOON, now=NOON)
    write(ana, at=NOON - utc.days(1), now=NOON)
    assert figures().inbound == 1


def test_what_came_in_is_counted_for_the_agent_and_the_topics_of_its_conversation(db_session: Session) -> None:
    ada, bo, ana = make_user("Ada", Role.ADMIN), make_user("Bo"), make_identity(make_account())
    write(ana, at=NOON, now=NOON)
    write(ana, at=NOON + utc.minutes(1), now=NOON)
    write(make_identity(ana.account, "Lena"), at=NOON, now=NOON)
    returns = topics.create("Returns", None, ada, NOON)
    conversation = conversation_of(ana)
    topics.add(conversation, topics.create("Exchange", returns, ada, NOON), ada, NOON)
    conversation.agent = bo
    assert figures().inbound == 3
    found = reports.whole(TODAY, Scope()).lines
    lines = [*found[Dimension.AGENT], *found[Dimension.TOPIC]]
    assert {line.name: line.figures.inbound for line in lines} == {"Bo": 2, "Returns": 2, "Returns › Exchange": 2}
    conversation.agent, conversation.last_agent_id = None, bo.id
    rollups.build(DAY, EVENING)
    assert reports.totals(TODAY, Scope(dimension=Dimension.AGENT, key=bo.id)).inbound == 2


def test_a_report_is_broken_down_by_agent(db_session: Session) -> None:
    account, bo, cy = make_account(), make_user("Bo"), make_user("Cy")
    waited(account, 1, bo)
    waited(account, 2, bo)
    waited(account, 3, cy)
    figures()
    lines = reports.whole(TODAY, Scope()).lines[Dimension.AGENT]
    assert [(line.name, line.figures.answered) for line in lines] == [("Bo", 2), ("Cy", 1)]


def test_what_stands_open_and_waiting_is_told_by_everything(db_session: Session) -> None:
    ada, bo = make_user("Ada", Role.ADMIN), make_agent("Bo", NOON)
    ours, shop = make_account("ours"), make_account("shop", inbox=make_inbox("Care"))
    returns = topics.create("Returns", None, ada, NOON)
    for identity in (make_identity(ours), make_identity(ours), make_identity(shop), make_identity(shop)):
        write(identity, at=NOON, now=NOON)
        conversation = conversation_of(identity)
        if identity.account is ours:
            conversations.assign(conversation, bo, NOON)
            topics.add(conversation, topics.create(f"Why {identity.id}", returns, ada, NOON), ada, NOON)
    closing.no_reply_needed(conversation_of(make_open(ours, bo)), bo, NOON)
    found = figures()
    report = reports.whole(TODAY, Scope())
    lines = [*report.inboxes, *(line for kind in report.lines.values() for line in kind)]
    told = {line.name: (line.figures.open, line.figures.waiting) for line in lines}
    assert (found.open, found.waiting) == (4, 1)
    assert (told["Support"], told["Care"], told["Bo"]) == ((2, 1), (2, 0), (2, 1))
    assert (told["@ours"], told["@shop"], told["Returns"]) == ((2, 1), (2, 0), (2, 0))


def make_open(account: Account, agent: User) -> Identity:
    lena = make_identity(account)
    write(lena, at=NOON, now=NOON)
    conversations.assign(conversation_of(lena), agent, NOON)
    return lena


def test_what_stood_at_the_end_of_a_day_stays_written_down(db_session: Session) -> None:
    ana = make_identity(make_account())
    write(ana, at=NOON, now=NOON)
    assert figures().open == 1
    closing.close(conversation_of(ana), make_user("Bo"), EVENING)
    rollups.build(DAY, EVENING + utc.days(1))
    tomorrow = DAY + timedelta(days=1)
    rollups.build(tomorrow, EVENING + utc.days(1) - utc.hours(1))
    assert reports.totals(TODAY, Scope()).open == 1
    assert reports.totals(Period(DAY, tomorrow), Scope()).open == 0


def test_what_a_topic_counts_is_counted_by_those_above_it(db_session: Session) -> None:
    ada, ana = make_user("Ada", Role.ADMIN), make_identity(make_account())
    write(ana, now=NOON)
    returns = topics.create("Returns", None, ada, NOON)
    exchange = topics.create("Exchange", returns, ada, NOON)
    conversation = conversation_of(ana)
    topics.add(conversation, exchange, ada, NOON)
    waited(ana.account, 1, conversation_id=conversation.id)
    figures()
    lines = reports.whole(TODAY, Scope()).lines[Dimension.TOPIC]
    assert {line.name: line.figures.answered for line in lines} == {"Returns": 1, "Returns › Exchange": 1}
    assert reports.totals(TODAY, Scope(dimension=Dimension.TOPIC, key=returns.id)).answered == 1
    assert reports.totals(TODAY, Scope()).answered == 1


def test_a_scope_leaves_the_others_out(db_session: Session) -> None:
    ours, shop = make_account("ours"), make_account("shop")
    waited(ours, 1)
    waited(shop, 1)
    figures()
    assert reports.totals(TODAY, Scope(dimension=Dimension.ACCOUNT, key=ours.id)).answered == 1


def test_an_inbox_is_told_from_all_of_them(db_session: Session) -> None:
    care = make_inbox("Care")
    waited(make_account("ours"), 1)
    waited(make_account("shop", inbox=care), 2)
    figures()
    assert {line.name: line.figures.answered for line in reports.whole(TODAY, Scope()).inboxes} == {
        "Support": 1,
        "Care": 1,
    }
    assert reports.totals(TODAY, Scope(care.id)).answered == 1
    assert [line.name for line in reports.whole(TODAY, Scope(care.id)).lines[Dimension.ACCOUNT]] == ["@shop"]


def test_a_month_is_summed_once_its_days_are_settled(db_session: Session) -> None:
    account = make_account()
    for back in range(35):
        waited(account, 1, ended_at=NOON - utc.days(back))
    october = date(2026, 10, 1)
    settled = EVENING + utc.days(40)
    whole = Period(date(2026, 10, 1), date(2026, 11, 30))
    for day in rollups.due(settled):
        rollups.build(day, settled)
    by_days = reports.totals(whole, Scope())
    assert rollups.due_months() == [october, date(2026, 11, 1), date(2026, 12, 1)][:2]
    for first in rollups.due_months():
        rollups.build_month(first, settled)
    assert rollups.due_months() == []
    by_months = reports.totals(whole, Scope())
    assert by_months == by_days
    assert by_months.answered == 35
    assert reports.totals(Period(date(2026, 10, 25), DAY), Scope()).answered == 30


def test_a_month_whose_day_was_summed_again_is_summed_again(db_session: Session) -> None:
    waited(make_account(), 1)
    settled = EVENING + utc.days(40)
    for day in rollups.due(settled):
        rollups.build(day, settled)
    for first in rollups.due_months():
        rollups.build_month(first, settled)
    rollups.build(DAY, settled + utc.hours(1))
    assert rollups.due_months() == [DAY.replace(day=1)]


def test_days_are_those_of_the_companys_zone(db_session: Session) -> None:
    hours.change(Hours("Pacific/Auckland"), make_user("Ada", Role.ADMIN), NOON)
    waited(make_account(), 1)
    assert figures(period=Period(date(2026, 11, 24), date(2026, 11, 24))).answered == 1


def test_days_without_anything_are_there_too(db_session: Session) -> None:
    waited(make_account(), 1)
    figures()
    days = reports.by_day(Period(date(2026, 11, 21), DAY), Scope())
    assert [(day.day, answered) for day, _, answered in days] == [(21, 0), (22, 0), (23, 1)]


def test_summing_twice_changes_nothing(db_session: Session) -> None:
    waited(make_account(), 1)
    rollups.build(DAY, EVENING)
    rollups.build(DAY, EVENING)
    assert reports.totals(TODAY, Scope()).answered == 1


def test_a_day_is_summed_again_while_late_news_may_come(db_session: Session) -> None:
    waited(make_account(), 1)
    figures()
    assert DAY in rollups.due(EVENING + utc.minutes(2))
    tomorrow = EVENING + utc.hours(12)
    assert DAY in rollups.due(tomorrow)
    rollups.build(DAY, tomorrow)
    assert DAY not in rollups.due(tomorrow + utc.minutes(5))
    settled = EVENING + utc.days(4)
    rollups.build(DAY, settled)
    assert DAY not in rollups.due(settled + utc.days(30))


def test_days_before_the_first_fact_are_not_looked_at(db_session: Session) -> None:
    waited(make_account(), 1)
    assert min(rollups.due(EVENING + utc.days(3))) == DAY


def test_a_window_that_passed_unanswered_is_lost(db_session: Session) -> None:
    account = make_account()
    waited(account, 8 * 1440, outcome=WaitOutcome.CANCELLED, is_first=False)
    waited(account, 8 * 1440)
    assert figures().lost == 1


def test_the_period_before_is_as_long(db_session: Session) -> None:
    assert Period(date(2026, 11, 17), DAY).before() == Period(date(2026, 11, 10), date(2026, 11, 16))


def test_g_v5_a_week_of_years_is_looked_up(db_session: Session) -> None:
    agents, days = 40, 400
    keys = [(key, DAY - timedelta(days=back)) for back in range(days) for key in range(1, agents + 1)]
    of = {"dimension": Dimension.AGENT, "inbox_id": 0}
    for table, more in ((ReportCount, {}), (ReportBucket, {"bucket": 3}), (ReportBacklog, {})):
        month = {} if table is ReportBacklog else {"is_month": False}
        rows = [of | more | month | {"key": key, "first_day": day} for key, day in keys]
        db.session().execute(sa.insert(table), rows)
    db.session().execute(sa.text("ANALYZE"))
    week = Period(DAY - timedelta(days=6), DAY)
    for read in (reports.whole, reports.totals):
        with statements() as asked:
            read(week, Scope())
            read(week, Scope(dimension=Dimension.AGENT, key=7))
        plans = "\n".join(plan(*one) for one in asked)
        assert "Seq Scan on report_" not in plans.replace("Seq Scan on report_periods", "")
        assert "SCAN report_" not in plans.replace("SCAN report_periods", "")
