"""Somebody is erased: nothing of them is left, and nothing of before comes back."""

import json

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from igapp import db, utc
from igapp.db import Base
from igapp.desk import (
    contacts,
    conversations,
    drafts,
    erasing,
    erasures,
    hours,
    merging,
    notes,
    replies,
    reports,
    rollups,
    search,
    sends,
)
from igapp.desk.figures import Period
from igapp.desk.media import Kept, keep, put
from igapp.instagram import callbacks, lanes, ledger
from igapp.instagram.ledger import Receipt
from igapp.models import (
    Account,
    AccountState,
    Agent,
    Attachment,
    AttachmentKind,
    AuditEntry,
    ContactKind,
    Customer,
    Erasure,
    ErasureState,
    Event,
    Identity,
    Item,
    MediaState,
    Outcome,
    Role,
    SendState,
    StoredFile,
    User,
)
from igapp.sandbox.webhooks.signing import signed_request
from tests.factories import conversation_of, make_account, make_agent, make_identity, make_user, write

NOW = utc.now().replace(microsecond=0)
SECRET = "sandbox-app-secret"


def finished(erasure: Erasure, now: object = NOW) -> Erasure:
    """The erasure at its end, slice by slice as its job does it."""
    slices = 0
    while erasing.advance(erasure.id, NOW):
        db.commit()
        slices += 1
        assert slices < 1000
    db.commit()
    return erasure


def delivered(account: Account, igsid: str, mid: str, text: str, at: object = None, *, is_echo: bool = False) -> None:
    """A signed delivery, drained."""
    drained(stored(account.ig_user_id, igsid, mid, text, at, is_echo=is_echo))


def stored(platform_id: str, igsid: str, mid: str, text: str, at: object = None, *, is_echo: bool = False) -> Receipt:
    """A signed delivery that waits in the ledger."""
    moment = at or NOW
    message = {"mid": mid, "text": text} | ({"is_echo": True} if is_echo else {})
    sender, recipient = (platform_id, igsid) if is_echo else (igsid, platform_id)
    sent = {"sender": {"id": sender}, "recipient": {"id": recipient}, "message": message}
    milliseconds = int(moment.timestamp() * 1000)  # type: ignore[attr-defined]
    body = {"object": "instagram", "entry": [{"id": platform_id, "time": milliseconds,
            "messaging": [sent | {"timestamp": milliseconds}]}]}  # fmt: skip
    db.commit()
    return ledger.record(json.dumps(body).encode(), "request", utc.now())


def drained(receipt: Receipt) -> None:
    for lane in receipt.lanes:
        lanes.drain(lane, 5, db.commit)


def told_everything(account: Account, ada: User) -> Identity:
    """A customer with everything that a customer can have."""
    delivered(account, "910000000000031", "mid-secret", "my secret order xk4711q")
    identity = db.session().scalars(sa.select(Identity).where(Identity.igsid == "910000000000031")).one()
    identity.customer.name, identity.customer.username = "Ana Secret", "ana.secret"
    contacts.add_point(identity.customer, ContactKind.EMAIL, "ana@secret.example", ada, NOW)
    contacts.set_detail(identity.customer, "Order", "xk4711q", ada, NOW)
    drafts.save(ada.id, identity.customer, f"dm:{identity.id}", "Dear Ana", NOW)
    notes.write(identity.customer, ada, "She is a secret customer", "note-1", NOW)
    item = write(identity, "a picture", now=NOW)
    picture = Attachment(item=item, kind=AttachmentKind.IMAGE, state=MediaState.WAITING, details={})
    db.session().add(picture)
    db.session().flush()
    kept = Kept(AttachmentKind.IMAGE, "image/png", b"secret bytes")
    keep(picture, kept, put(kept, NOW))
    db.commit()
    return identity


def everything() -> str:
    """All text of all tables."""
    db.session().expire_all()
    rows = []
    for table in Base.metadata.sorted_tables:
        rows += [str(tuple(row)) for row in db.session().execute(sa.select(table))]
    return "\n".join(rows)


def test_nothing_of_an_erased_customer_is_left(db_session: Session) -> None:
    ada, account = make_user("Ada", Role.ADMIN), make_account()
    ana = told_everything(account, ada)
    assert "secret" in everything().lower()
    erasure = finished(erasures.of_customer(ana.customer, ada, NOW))
    left = everything().lower()
    assert "secret" not in left.replace("secret_sealed", "")
    assert "910000000000031" not in left
    assert "xk4711q" not in left
    assert erasure.state == ErasureState.DONE
    assert erasure.counts["items"] >= 3
    assert search.find("secret").messages == []


def test_names_and_ids_are_gone_at_once(db_session: Session) -> None:
    ada, account = make_user("Ada", Role.ADMIN), make_account()
    ana = told_everything(account, ada)
    erasures.of_customer(ana.customer, ada, NOW)
    db.commit()
    assert ana.customer.display_name == "Instagram user"
    assert ana.igsid.startswith("erased:")
    assert contacts.points_of(ana.customer) == []


def test_the_agent_is_free_for_others_at_once(db_session: Session) -> None:
    ada, bo = make_user("Ada", Role.ADMIN), make_agent("Bo", NOW)
    ana = make_identity(make_account())
    write(ana, now=NOW)
    conversations.assign(conversation_of(ana), bo, NOW)
    db.commit()
    erasures.of_customer(ana.customer, ada, NOW)
    db.commit()
    db.session().expire_all()
    assert db.session().get_one(Agent, bo.id).load == 0


def test_the_ledgers_counts_stay_true(db_session: Session) -> None:
    ada, account = make_user("Ada", Role.ADMIN), make_account()
    ana = told_everything(account, ada)
    finished(erasures.of_customer(ana.customer, ada, NOW))
    event = db.session().scalars(sa.select(Event)).one()
    assert (event.outcome, event.body, event.igsid, event.platform_id) == (Outcome.APPLIED, "", None, None)


def test_a_failed_event_that_was_erased_is_parked_no_longer(db_session: Session) -> None:
    ada, account = make_user("Ada", Role.ADMIN), make_account()
    ana = told_everything(account, ada)
    db.change(sa.update(Event).values(outcome=Outcome.FAILED, reason="It broke."))
    finished(erasures.of_customer(ana.customer, ada, NOW))
    event = db.session().scalars(sa.select(Event)).one()
    assert (event.outcome, event.body, event.ended_at) == (Outcome.IGNORED, "", NOW)


def test_reports_keep_their_numbers(db_session: Session) -> None:
    ada, account = make_user("Ada", Role.ADMIN), make_account()
    ana = told_everything(account, ada)
    day = hours.today(NOW)
    rollups.build(day, NOW)
    finished(erasures.of_customer(ana.customer, ada, NOW))
    assert reports.totals(Period(day, day), reports.Scope()).inbound == 2


def test_what_was_before_does_not_come_back(db_session: Session) -> None:
    ada, account = make_user("Ada", Role.ADMIN), make_account()
    ana = told_everything(account, ada)
    finished(erasures.of_customer(ana.customer, ada, NOW))
    delivered(account, "910000000000031", "mid-secret", "my secret order xk4711q", NOW - utc.minutes(1))
    event = db.session().scalars(sa.select(Event).order_by(Event.id.desc()).limit(1)).one()
    assert (event.outcome, event.reason) == (Outcome.IGNORED, "From before this person was erased.")
    assert db.session().scalars(sa.select(Item)).all() == []


def test_who_writes_again_is_a_new_customer(db_session: Session) -> None:
    ada, account = make_user("Ada", Role.ADMIN), make_account()
    ana = told_everything(account, ada)
    former = ana.customer_id
    erasures.of_customer(ana.customer, ada, NOW)
    delivered(account, "910000000000031", "mid-new", "hello again", NOW + utc.seconds(30))
    again = db.session().scalars(sa.select(Identity).where(Identity.igsid == "910000000000031")).one()
    assert again.customer_id != former


def test_what_somebody_writes_while_they_are_erased_is_kept(db_session: Session) -> None:
    ada, account = make_user("Ada", Role.ADMIN), make_account()
    ana = told_everything(account, ada)
    erasure = erasures.of_customer(ana.customer, ada, utc.now())
    receipt = stored(account.ig_user_id, "910000000000031", "mid-new", "hello again", utc.now() + utc.seconds(1))
    finished(erasure)
    drained(receipt)
    assert db.session().scalars(sa.select(Item.text).where(Item.is_inbound)).all() == ["hello again"]
    assert "secret" not in everything().lower().replace("secret_sealed", "")


def test_what_was_delivered_before_is_erased_whatever_its_own_time_says(db_session: Session) -> None:
    ada, account = make_user("Ada", Role.ADMIN), make_account()
    delivered(account, "910000000000031", "mid-secret", "my secret", utc.now() + utc.minutes(5))
    ana = db.session().scalars(sa.select(Identity)).one()
    finished(erasures.of_customer(ana.customer, ada, utc.now()))
    assert "secret" not in everything().lower().replace("secret_sealed", "")


def test_what_is_not_sent_yet_stays_here(db_session: Session) -> None:
    ada, bo = make_user("Ada", Role.ADMIN), make_user("Bo")
    ana = make_identity(make_account())
    write(ana, now=NOW)
    replies.reply(ana.customer, bo, "Hello", "key-1", NOW)
    send = sends.by_key("key-1")
    assert send is not None
    erasures.of_customer(ana.customer, ada, NOW)
    assert sends.claim(send.id, "worker", NOW) is None


def test_the_echo_of_what_was_under_way_comes_back_as_nothing(db_session: Session) -> None:
    ada, account = make_user("Ada", Role.ADMIN), make_account()
    ana = told_everything(account, ada)
    replies.reply(ana.customer, ada, "Dear Ana Secret", "key-1", NOW)
    send = sends.by_key("key-1")
    assert send is not None
    assert sends.claim(send.id, "worker", NOW)
    finished(erasures.of_customer(ana.customer, ada, NOW + utc.seconds(1)))
    delivered(account, "910000000000031", "mid-echo", "Dear Ana Secret", NOW + utc.seconds(3), is_echo=True)
    left = everything()
    assert "Dear Ana" not in left
    assert "mid-echo" not in left
    assert db.session().scalars(sa.select(Customer)).all() == []


def test_what_the_company_writes_later_in_the_app_is_a_new_matter(db_session: Session) -> None:
    ada, account = make_user("Ada", Role.ADMIN), make_account()
    ana = told_everything(account, ada)
    long_ago = NOW - utc.minutes(10)
    finished(erasures.of_customer(ana.customer, ada, long_ago))
    delivered(account, "910000000000031", "mid-echo", "We found your parcel", NOW, is_echo=True)
    (item,) = db.session().scalars(sa.select(Item).where(Item.platform_id.is_not(None)))
    assert item.text == "We found your parcel"


def test_a_merged_profile_goes_with_the_one_that_was_kept(db_session: Session) -> None:
    ada, account = make_user("Ada", Role.ADMIN), make_account()
    ana, other = told_everything(account, ada), make_identity(account, "Secret Twin")
    merging.merge(ana.customer, other.customer, ada, NOW)
    finished(erasures.of_customer(other.customer, ada, NOW))
    assert db.session().scalars(sa.select(Customer)).all() == []
    assert "secret twin" not in everything().lower()
    merged = db.session().scalars(sa.select(AuditEntry).where(AuditEntry.action == "customer.merged")).one()
    assert merged.details == {}


def test_who_is_merged_while_the_erasure_waits_goes_with_the_profile_that_was_kept(db_session: Session) -> None:
    ada, account = make_user("Ada", Role.ADMIN), make_account()
    ana, other = told_everything(account, ada), make_identity(account, "Twin")
    gone = ana.customer
    merging.merge(other.customer, gone, ada, NOW)
    set_committed_value(gone, "merged_into_id", None)  # as it was read before the merge was committed
    finished(erasures.of_customer(gone, ada, NOW))
    assert db.session().scalars(sa.select(Customer)).all() == []
    assert "xk4711q" not in everything()


def test_asking_twice_is_one_erasure(db_session: Session) -> None:
    ada, ana = make_user("Ada", Role.ADMIN), make_identity(make_account())
    first, second = (erasures.of_customer(ana.customer, ada, NOW) for _ in range(2))
    assert first is second


def test_others_are_left_alone(db_session: Session) -> None:
    ada, account = make_user("Ada", Role.ADMIN), make_account()
    ana, lena = told_everything(account, ada), make_identity(account, "Lena")
    delivered(account, lena.igsid, "mid-lena", "Where is my parcel?")
    replies.reply(lena.customer, ada, "On its way", "key-1", NOW)
    erasures.of_customer(make_identity(account, "Dee").customer, ada, NOW)
    finished(erasures.of_customer(ana.customer, ada, utc.now()))
    send = sends.by_key("key-1")
    assert send is not None
    assert send.state == SendState.QUEUED
    assert db.session().scalars(sa.select(Event.igsid).where(Event.body != "")).all() == [lena.igsid]
    assert db.session().scalars(sa.select(Item.text).where(Item.is_inbound)).all() == ["Where is my parcel?"]


def test_many_items_go_in_slices(db_session: Session) -> None:
    ada, ana = make_user("Ada", Role.ADMIN), make_identity(make_account())
    for number in range(450):
        write(ana, f"message {number}", now=NOW)
    erasure = erasures.of_customer(ana.customer, ada, NOW)
    db.commit()
    assert erasing.advance(erasure.id, NOW)
    assert erasure.counts["items"] == 200
    finished(erasure)
    assert erasure.counts["items"] >= 450


def test_an_account_goes_with_all_that_came_through_it(db_session: Session) -> None:
    ada, gone, kept = make_user("Ada", Role.ADMIN), make_account("gone"), make_account("kept")
    told_everything(gone, ada)
    shared, twin = make_identity(gone, "Shared"), make_identity(kept, "Shared")
    write(shared, "through the one that goes", now=NOW)
    write(twin, "through the one that stays", now=NOW)
    merging.merge(twin.customer, shared.customer, ada, NOW)
    drafts.save(ada.id, twin.customer, "dm:1", "You said that you", NOW)
    gone_id = gone.id
    finished(erasures.of_account(gone, utc.now()))
    db.session().expire_all()
    assert (gone.state, gone.token_encrypted) == (AccountState.DISCONNECTED, None)
    assert db.session().scalars(sa.select(Identity.account_id)).all() == [kept.id]
    assert db.session().scalars(sa.select(Item.text).where(Item.is_inbound)).all() == ["through the one that stays"]
    assert db.session().scalars(sa.select(Event).where(Event.body != "")).all() == []
    assert db.session().scalars(sa.select(StoredFile)).all() == []
    assert drafts.of(ada.id, twin.customer) == {}
    assert db.session().get_one(Account, gone_id).username == f"erased-{gone_id}"


def test_what_an_erased_account_knew_goes_from_the_snapshots_of_merges(db_session: Session) -> None:
    ada, gone, kept = make_user("Ada", Role.ADMIN), make_account("gone"), make_account("kept")
    ana, twin = told_everything(gone, ada), make_identity(kept, "Twin")
    merging.merge(twin.customer, ana.customer, ada, NOW)
    finished(erasures.of_account(gone, utc.now()))
    merged = db.session().scalars(sa.select(AuditEntry).where(AuditEntry.action == "customer.merged")).one()
    assert "910000000000031" not in everything()
    assert "Ana Secret" not in str(merged.details)
    assert (merged.details["kept"]["name"], len(merged.details["kept"]["identities"])) == ("Twin", 1)


def test_what_comes_to_an_account_that_is_connected_anew_while_it_is_erased_is_kept(db_session: Session) -> None:
    gone = make_account(ig_user_id="17841400000000777")
    delivered(gone, "910000000000031", "mid-secret", "my secret")
    erasure = erasures.of_account(gone, utc.now())
    make_account("anew", ig_user_id="17841400000000777")
    receipt = stored("17841400000000777", "910000000000031", "mid-new", "hello again", utc.now())
    finished(erasure)
    drained(receipt)
    assert db.session().scalars(sa.select(Item.text).where(Item.is_inbound)).all() == ["hello again"]
    assert "secret" not in everything().lower().replace("secret_sealed", "")


def test_an_interrupted_erasure_goes_on(db_session: Session) -> None:
    ada, ana = make_user("Ada", Role.ADMIN), make_identity(make_account())
    write(ana, now=NOW)
    erasure = erasures.of_customer(ana.customer, ada, NOW)
    db.commit()
    erasing.advance(erasure.id, NOW)
    db.session().rollback()
    assert list(erasures.running()) == [erasure.id]
    finished(erasure)
    assert list(erasures.running()) == []


def signed(user_id: str, secret: str = SECRET) -> str:
    return signed_request(user_id, 1_700_000_000, secret)


def ask(app: Flask, path: str, signed_request: str) -> object:
    db.commit()
    return app.test_client().post(path, data={"signed_request": signed_request})


def test_meta_asks_to_delete_a_customer(app: Flask, db_session: Session, client: FlaskClient) -> None:
    ana = make_identity(make_account())
    write(ana, "delete me", now=NOW)
    answer = ask(app, "/instagram/data-deletion", signed(ana.igsid)).get_json()  # type: ignore[attr-defined]
    code = answer["confirmation_code"]
    assert answer["url"].endswith(f"/instagram/data-deletion/{code}")
    page = client.get(f"/instagram/data-deletion/{code}").text
    assert "under way" in page
    erasure = erasures.find(code)
    assert erasure is not None
    finished(erasure)
    assert "Done on" in client.get(f"/instagram/data-deletion/{code}").text


@pytest.mark.parametrize("which", ["ig_user_id", "app_scoped_id"])
def test_meta_asks_to_delete_an_account_by_either_id(app: Flask, db_session: Session, which: str) -> None:
    account = make_account()
    ask(app, "/instagram/data-deletion", signed(getattr(account, which)))
    db.session().expire_all()
    assert account.token_encrypted is None


def test_meta_asks_to_delete_somebody_whom_the_ledger_alone_knows(app: Flask, db_session: Session) -> None:
    account = make_account()
    account.is_dm_on = False
    for known in (account.ig_user_id, "an account that is not connected"):
        account.ig_user_id, former = known, account.ig_user_id
        delivered(account, "910000000000031", "mid-secret", "my secret order xk4711q")
        account.ig_user_id = former
    asked = utc.now() + utc.seconds(1)
    erasure = finished(erasures.asked_by_meta("910000000000031", asked))
    left = everything()
    assert "xk4711q" not in left
    assert "910000000000031" not in left
    assert (erasure.state, erasure.counts) == (ErasureState.DONE, {"events": 2})
    assert erasures.is_erased(account.id, "910000000000031", asked)


def test_nobody_we_know_gets_a_receipt_too(app: Flask, db_session: Session, client: FlaskClient) -> None:
    answer = ask(app, "/instagram/data-deletion", signed("424242")).get_json()  # type: ignore[attr-defined]
    assert "nothing to delete" in client.get(f"/instagram/data-deletion/{answer['confirmation_code']}").text


def test_removing_the_app_disconnects_and_keeps_history(app: Flask, db_session: Session) -> None:
    account = make_account()
    write(make_identity(account), "hello", now=NOW)
    ask(app, "/instagram/deauthorize", signed(account.app_scoped_id or ""))
    db.session().expire_all()
    assert (account.state, account.token_encrypted) == (AccountState.DISCONNECTED, None)
    assert len(db.session().scalars(sa.select(Item).where(Item.is_inbound)).all()) == 1


@pytest.mark.parametrize("path", ["/instagram/deauthorize", "/instagram/data-deletion"])
@pytest.mark.parametrize("forged", ["", "x", "a.b", "äö.äö", "." * 50, signed("1", "another secret"), "x" * 20_000])
def test_g_x2_a_request_that_meta_did_not_sign_changes_nothing(
    app: Flask, db_session: Session, path: str, forged: str
) -> None:
    answer = ask(app, path, forged)
    assert answer.status_code == 403  # type: ignore[attr-defined]
    assert db.session().scalars(sa.select(Erasure)).all() == []


def test_a_signed_request_that_names_nobody_is_none() -> None:
    with pytest.raises(callbacks.NotSigned):
        callbacks.opened(signed(""), [SECRET])


def test_an_unknown_code_says_nothing(client: FlaskClient) -> None:
    assert client.get("/instagram/data-deletion/none-like-it").status_code == 404
