"""What migrations make of what was there; that they make the models' tables is in test_house.py."""

from typing import Any

import sqlalchemy as sa
from flask_migrate import upgrade

from igapp import db
from igapp.models import Dimension, ReportBucket
from tests.infra.databases import Databases

SPAN = {"dimension": "agent", "inbox_id": 0, "is_month": False, "first_day": "2026-11-17", "key": 7}


def test_0008_all_answers_and_first_ones_come_into_one_row(make_app: Any, databases: Databases) -> None:
    with make_app(DATABASE_URL=databases.empty()).app_context():
        upgrade(revision="0007")
        spans = [(False, 3, 5), (True, 3, 2), (False, 4, 1)]
        rows = [SPAN | {"is_first": first, "bucket": bucket, "answers": number} for first, bucket, number in spans]
        columns = list(rows[0])
        values = ", ".join(f":{name}" for name in columns)
        db.session().execute(sa.text(f"INSERT INTO report_spans ({', '.join(columns)}) VALUES ({values})"), rows)
        db.commit()
        upgrade()
        found = db.session().scalars(sa.select(ReportBucket).order_by(ReportBucket.bucket)).all()
        assert [(one.bucket, one.answers, one.first_answers) for one in found] == [(3, 5, 2), (4, 1, 0)]
        assert {(one.dimension, one.inbox_id, one.key, one.is_month, f"{one.first_day}") for one in found} == {
            (Dimension.AGENT, 0, 7, False, SPAN["first_day"])
        }
