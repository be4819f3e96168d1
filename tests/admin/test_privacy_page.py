"""Privacy as administrators meet it: copies, erasures, and how long things are kept."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from igapp import db, utc
from igapp.desk import blocking, closing, contacts, erasures, retention
from igapp.desk.media import Kept, keep, put
from igapp.desk.refusal import Refused
from igapp.desk.retention import Retention
from igapp.models import (
    Attachment,
    AttachmentKind,
    AuditEntry,
    ContactKind,
    Conversation,
    Customer,
    Event,
    Identity,
    Item,
    MediaState,
    Outcome,
    RetentionRun,
    Role,
    User,
)
from tests.factories import conversation_of, make_account, make_identity, make_user, write
from tests.web.conftest import Door

Enter = Callable[..., Door]
NOW = utc.now().replace(microsecond=0)
OLD = NOW - utc.days(400)


@pytest.fixture
def ada(db_session: object) -> User:
    return make_user("Ada", Role.ADMIN)


def closed(name: str, at: datetime) -> Identity:
    """A customer whose matter was closed then."""
    identity = make_identity(make_account(), name, at)
    write(identity, f"hello from {name}", at=at, now=at)
    closing.close(conversation_of(identity), None, at)
    db.session().flush()
    return identity


def passed(run: RetentionRun | None) -> RetentionRun:
    assert run is not None
    while retention.advance(run.id, NOW):
        db.commit()
    db.commit()
    return run


def left() -> set[str]:
    db.session().expire_all()
    return {customer.name or "" for customer in db.session().scalars(sa.select(Customer))}


def test_a_customer_is_found_and_erased_after_asking(enter: Enter, ada: User) -> None:
    ana = make_identity(make_account(), "Ana Castro")
    db.session().flush()
    door = enter(ada)
    assert f"/settings/privacy/customers/{ana.customer_id}/erasure" in door.get("/settings/privacy?words=castro").text
    path = f"/settings/privacy/customers/{ana.customer_id}/erasure"
    assert "Erase Ana Castro?" in door.post(path).text
    assert erasures.latest() == []
    door.post(path, is_sure="1")
    db.session().expire_all()
    assert len(erasures.latest()) == 1
    assert "Running" in door.get("/settings/privacy").text


def test_progress_is_asked_for_only_while_something_runs(enter: Enter, ada: User) -> None:
    door = enter(ada)
    assert "hx-get" not in door.get("/settings/privacy/progress").text
    erasures.of_customer(make_identity(make_account()).customer, ada, NOW)
    assert 'hx-trigger="every 2s"' in door.get("/settings/privacy/progress").text


def test_an_export_has_the_data_and_the_files(enter: Enter, ada: User) -> None:
    ana = make_identity(make_account("our.brand"), "Ana Castro")
    contacts.add_point(ana.customer, ContactKind.EMAIL, "ana@example.com", ada, NOW)
    item = write(ana, "Olá, é para mim 😍", now=NOW)
    picture = Attachment(item=item, kind=AttachmentKind.IMAGE, state=MediaState.WAITING, details={})
    db.session().add(picture)
    db.session().flush()
    kept = Kept(AttachmentKind.IMAGE, "image/png", b"bytes of a picture")
    keep(picture, kept, put(kept, NOW))
    answer = enter(ada).post(f"/settings/privacy/customers/{ana.customer_id}/export")
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    profile, timeline = json.loads(archive.read("profile.json")), json.loads(archive.read("timeline.json"))
    assert profile["contact_details"] == [{"kind": "email", "value": "ana@example.com"}]
    assert profile["accounts"][0]["instagram_scoped_id"] == ana.igsid
    said = [one for one in timeline if one["kind"] == "message"]
    assert said[0]["text"] == "Olá, é para mim 😍"
    assert archive.read(said[0]["files"][0]) == b"bytes of a picture"


def test_an_export_is_in_the_audit_log(enter: Enter, ada: User) -> None:
    ana = make_identity(make_account())
    enter(ada).post(f"/settings/privacy/customers/{ana.customer_id}/export")
    assert "customer.exported" in db.session().scalars(sa.select(AuditEntry.action)).all()


def test_an_export_of_many_items_has_them_all_in_order(enter: Enter, ada: User) -> None:
    ana = make_identity(make_account())
    for number in range(1100):
        write(ana, f"m{number}", at=NOW + utc.seconds(number), now=NOW + utc.seconds(number))
    answer = enter(ada).post(f"/settings/privacy/customers/{ana.customer_id}/export")
    timeline = json.loads(zipfile.ZipFile(io.BytesIO(answer.data)).read("timeline.json"))
    assert [one["text"] for one in timeline if one["kind"] == "message"] == [f"m{number}" for number in range(1100)]


def test_what_is_older_goes_and_the_rest_stays(db_session: Session) -> None:
    closed("Old", OLD)
    closed("Young", NOW)
    open_one = make_identity(make_account(), "Open", OLD)
    write(open_one, at=OLD, now=OLD)
    run = passed(retention.begin(Retention(conversation_months=12), None, NOW, is_dry=False))
    assert left() == {"Young", "Open"}
    assert run.counts["conversations"] == 1
    assert run.counts["customers"] == 1


def test_a_customer_with_a_younger_conversation_stays(db_session: Session) -> None:
    ana = closed("Ana", OLD)
    write(ana, "again", at=NOW, now=NOW)
    db.session().flush()
    passed(retention.begin(Retention(conversation_months=12), None, NOW, is_dry=False))
    assert left() == {"Ana"}
    assert db.session().scalars(sa.select(Item.text).where(Item.is_inbound)).all() == ["again"]
    assert len(db.session().scalars(sa.select(Conversation)).all()) == 1


def test_a_blocked_customer_is_remembered(db_session: Session) -> None:
    ana = closed("Ana", OLD)
    blocking.block(ana.customer, make_user("Bo"), OLD)
    passed(retention.begin(Retention(conversation_months=12), None, NOW, is_dry=False))
    assert left() == {"Ana"}


def test_a_dry_run_counts_and_deletes_nothing(db_session: Session) -> None:
    closed("Old", OLD)
    closed("Older", OLD)
    run = passed(retention.begin(Retention(conversation_months=12), None, NOW, is_dry=True))
    assert run.counts["conversations"] == 2
    assert left() == {"Old", "Older"}


def test_one_and_several_are_counted_in_words(enter: Enter, ada: User) -> None:
    for name in ("Old", "Older"):
        closed(name, OLD)
        passed(retention.begin(Retention(conversation_months=12), None, NOW, is_dry=True))
    page = enter(ada).get("/settings/privacy").text
    assert "1 conversation would go" in page
    assert "2 conversations would go" in page


def event(outcome: Outcome, at: datetime) -> Event:
    row = Event(
        platform_account_id="1", event_key=f"{outcome}:{at}", lane=1, kind="message", at=at, received_at=at,
        request_id="r", body="{}", outcome=outcome, next_try_at=at,
    )  # fmt: skip
    db.session().add(row)
    db.session().flush()
    return row


def test_raw_events_go_and_their_counts_stay(db_session: Session) -> None:
    old, failed, young = event(Outcome.APPLIED, OLD), event(Outcome.FAILED, OLD), event(Outcome.IGNORED, NOW)
    passed(retention.begin(Retention(event_days=30), None, NOW, is_dry=False))
    db.session().expire_all()
    assert [row.body for row in (old, failed, young)] == ["", "{}", "{}"]
    assert old.outcome == Outcome.APPLIED


def test_everything_is_kept_at_first(db_session: Session) -> None:
    assert retention.current() == Retention()
    assert retention.begin(retention.current(), None, NOW, is_dry=False) is None


def test_one_pass_at_a_time(db_session: Session) -> None:
    assert retention.begin(Retention(event_days=30), None, NOW, is_dry=True)
    assert retention.begin(Retention(event_days=30), None, NOW, is_dry=False) is None


def test_the_daily_pass_begins_by_itself(db_session: Session) -> None:
    retention.change(Retention(event_days=30), make_user("Ada", Role.ADMIN), NOW)
    retention.begin_if_due(NOW)
    [run] = retention.latest()
    passed(run)
    retention.begin_if_due(NOW + utc.hours(1))
    assert len(retention.latest()) == 1
    retention.begin_if_due(NOW + utc.hours(25))
    assert len(retention.latest()) == 2


@pytest.mark.parametrize("wrong", [Retention(-1), Retention(121), Retention(0, 1), Retention(0, 4000)])
def test_a_span_that_cannot_be_is_refused(db_session: Session, wrong: Retention) -> None:
    with pytest.raises(Refused):
        retention.change(wrong, make_user("Ada", Role.ADMIN), NOW)


def test_how_long_things_are_kept_is_saved(enter: Enter, ada: User) -> None:
    enter(ada).post("/settings/privacy/retention", conversation_months="24", event_days="90")
    assert retention.current() == Retention(24, 90)


def test_counting_changes_no_setting(enter: Enter, ada: User) -> None:
    door = enter(ada)
    door.post("/settings/privacy/retention", conversation_months="24", event_days="0", count="1")
    assert retention.current() == Retention()
    assert "Counting" in door.get("/settings/privacy").text


def test_what_was_counted_stays_in_its_fields_to_be_saved(enter: Enter, ada: User) -> None:
    door = enter(ada)
    answer = door.post("/settings/privacy/retention", conversation_months="24", event_days="0", count="1")
    page = door.get(answer.headers["Location"]).text
    assert 'aria-describedby="conversation_months-help" value="24"' in page
    assert 'name="shown-conversation_months" value="0"' in page


@pytest.mark.parametrize(("months", "days"), [("99999", "0"), ("0", "99999999"), ("0", "1")])
def test_what_could_not_be_saved_is_not_counted(enter: Enter, ada: User, months: str, days: str) -> None:
    form: dict[str, Any] = {"conversation_months": months, "event_days": days, "count": "1"}
    answer = enter(ada).post("/settings/privacy/retention", **form)
    assert answer.status_code == 422
    assert f'value="{months}"' in answer.text
    assert retention.latest() == []


def test_deleting_what_is_older_asks_first(enter: Enter, ada: User) -> None:
    retention.change(Retention(12), ada, NOW)
    door = enter(ada)
    assert "Delete what is older?" in door.post("/settings/privacy/passes").text
    assert retention.latest() == []
    door.post("/settings/privacy/passes", is_sure="1")
    assert len(retention.latest()) == 1


def test_managers_erase_nobody(enter: Enter, db_session: object) -> None:
    ana = make_identity(make_account())
    door = enter(make_user("Mia", Role.MANAGER))
    for act in ("erasure", "export"):
        assert door.post(f"/settings/privacy/customers/{ana.customer_id}/{act}", is_sure="1").status_code == 403


def test_a_pass_that_cannot_begin_is_said_as_a_refusal(enter: Enter, ada: User) -> None:
    door = enter(ada)
    door.post("/settings/privacy/passes", is_sure="1")
    assert '<p class="notice" role="alert">Everything is kept for good' in door.get("/settings/privacy").text
    door.post("/settings/privacy/retention", conversation_months="24", event_days="90")
    assert '<p class="notice notice--good" role="status">Saved.' in door.get("/settings/privacy").text
