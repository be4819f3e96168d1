"""How suggestions of a match ask the databases: by their indexes, however many customers there are (V5)."""

from datetime import datetime

import pytest
import sqlalchemy as sa

from igapp import db
from igapp.desk import merging
from igapp.models import ContactKind, ContactPoint, Customer, CustomerDetail
from tests.infra.plans import plan, statements

CUSTOMERS = 3_000


@pytest.fixture
def crowd(db_session: object, now: datetime) -> None:
    """Customers who all gave a username, another detail and an email address; each is given by two."""
    numbers = range(1, CUSTOMERS + 1)
    db.session().execute(sa.insert(Customer), [{"id": one, "created_at": now} for one in numbers])
    for label, value in (("Instagram Username", "@Name{}"), ("Order number", "{}")):
        rows = [{"customer_id": one, "label": label, "value": value.format(one // 2)} for one in numbers]
        db.session().execute(sa.insert(CustomerDetail), rows)
    email = {"kind": ContactKind.EMAIL, "value": "an address"}
    rows = [email | {"customer_id": one, "matched_value": f"{one // 2}@example.com"} for one in numbers]
    db.session().execute(sa.insert(ContactPoint), rows)
    db.session().execute(sa.text("ANALYZE"))


def test_g_v5_a_match_is_looked_up_and_not_searched_for(crowd: None) -> None:
    with statements() as asked:
        found = merging.suggestions(db.session().get_one(Customer, 100))
    assert [one.id for one in found] == [101]
    plans = "\n".join(plan(*one) for one in asked)
    assert "ix_customer_details_username" in plans, plans
    for table in ("customer_details", "contact_points", "customers"):
        assert f"Seq Scan on {table}" not in plans, plans
        assert f"SCAN {table}" not in plans, plans
