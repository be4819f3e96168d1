"""The settings of the workflow: their defaults, their limits, and the record of changes (SPEC 12.2, 12.3)."""

from datetime import datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from igapp import bell, db
from igapp.desk import settings
from igapp.models import AuditEntry, User
from tests.desk.acts import done, meanwhile, refused, rung


def test_the_defaults(db_session: object) -> None:
    flow = settings.workflow()
    assert (flow.standard_capacity, flow.maximum_capacity, flow.offer_seconds) == (3, 5, 30)
    assert (flow.next_delay_seconds, flow.same_agent_minutes, flow.reopen_hours) == (0, 15, 24)
    assert (flow.is_assignment_by_banner, flow.needs_topic, flow.sends_per_window) == (True, False, 200)


def test_a_change_takes_effect_at_once(ada: User, now: datetime) -> None:
    done(settings.change(ada, now, offer_seconds=45))
    assert settings.workflow().offer_seconds == 45


def test_a_change_rings_for_the_pages_that_are_open(app: Flask, ada: User, now: datetime) -> None:
    bell.ring_at_once("warm:up")
    assert rung(app, lambda: settings.change(ada, now, offer_seconds=45)) == {"workflow"}
    assert rung(app, lambda: settings.change(ada, now, offer_seconds=45)) == set()


@pytest.mark.parametrize(
    "values",
    [
        {"offer_seconds": 4},
        {"offer_seconds": 301},
        {"same_agent_minutes": 0},
        {"same_agent_minutes": 1441},
        {"standard_capacity": 0},
        {"next_delay_seconds": -1},
        {"reopen_hours": -1},
    ],
)
def test_what_is_out_of_limits_is_refused(ada: User, now: datetime, values: dict[str, int]) -> None:
    assert "must be from" in refused(lambda: settings.change(ada, now, **values))


def test_the_maximum_is_at_least_the_standard(ada: User, now: datetime) -> None:
    assert "at least" in refused(lambda: settings.change(ada, now, standard_capacity=6))
    done(settings.change(ada, now, standard_capacity=6, maximum_capacity=6))


def test_two_who_change_capacities_at_once_leave_the_maximum_above_the_standard(
    app: Flask, ada: User, now: datetime
) -> None:
    def lower(eve: User) -> None:
        settings.workflow()
        settings.change(eve, now, standard_capacity=3, maximum_capacity=3)

    db.commit()
    settings.change(ada, now, standard_capacity=5, maximum_capacity=5)
    db.session().flush()
    meanwhile(app, ada, lower)
    flow = settings.workflow()
    assert (flow.standard_capacity, flow.maximum_capacity) == (3, 3)


def test_each_change_is_recorded_with_before_and_after(ada: User, now: datetime) -> None:
    done(settings.change(ada, now, offer_seconds=45, reopen_hours=24))
    (entry,) = db.session().scalars(sa.select(AuditEntry)).all()
    assert (entry.subject, entry.user_id, entry.details) == ("offer_seconds", ada.id, {"before": 30, "after": 45})
