"""Connecting accounts: both ids, the subscription, the token's life."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from igapp import db, utc
from igapp.desk import connections
from igapp.desk.connections import Facts, Grant
from igapp.desk.refusal import Refused
from igapp.instagram import connect, errors, gaps, interpreter, outbox, subscriptions, tokens
from igapp.models import Account, AccountState, Event, Inbox, Item, Outcome, SendState
from tests.infra.stage import Sandbox
from tests.instagram import wire
from tests.instagram.stage import TOKEN, Meanwhile, Stage, drain


@pytest.fixture
def account(sandbox: Sandbox, db_session: Session) -> Account:
    sandbox.post("/_sandbox/reset", {"subscribed": False})
    return connect.by_token(TOKEN, utc.now())


def again(account: Account) -> Account:
    db.session().rollback()
    return db.session().get_one(Account, account.id, populate_existing=True)


def aged(account: Account, **fields: Any) -> None:
    db.change(sa.update(Account).where(Account.id == account.id).values(**fields))
    db.commit()


def test_an_account_is_known_by_both_its_ids(account: Account) -> None:
    assert (account.ig_user_id, account.app_scoped_id, account.username) == (wire.ACCOUNT, wire.OTHER_ID, "our.brand")


def test_log_in_answers_may_be_wrapped(sandbox: Sandbox, db_session: Session) -> None:
    sandbox.post("/_sandbox/faults", {"wrapped_answers": True})
    assert connect.by_token(TOKEN, utc.now()).username == "our.brand"


def test_g_l8_the_subscription_is_read_back(account: Account) -> None:
    assert account.subscription_problem is None
    assert set(subscriptions.NEEDED_FIELDS) <= set(account.subscribed_fields or ())


def test_an_account_without_the_echo_field_is_subscribed_without_it(sandbox: Sandbox, db_session: Session) -> None:
    sandbox.post("/_sandbox/faults", {"no_echo_field": True})
    account = connect.by_token(TOKEN, utc.now())
    assert account.subscription_problem is None
    assert "message_echoes" not in (account.subscribed_fields or ())


def test_g_l8_a_connect_that_is_not_subscribed_says_so(sandbox: Sandbox, db_session: Session) -> None:
    sandbox.post("/_sandbox/faults", {"refuse_with": {"code": 10, "only": ["subscribe"]}})
    account = connect.by_token(TOKEN, utc.now())
    assert account.state == AccountState.CONNECTED
    assert account.subscription_problem is not None
    assert "does not tell us" in account.subscription_problem


def test_g_l8_a_subscription_that_was_lost_is_repaired(account: Account, sandbox: Sandbox) -> None:
    sandbox.post("/_sandbox/reset", {"subscribed": False})
    connect.check_subscription(account.id, utc.now())
    assert again(account).subscription_problem is None
    (state,) = [one for one in sandbox.get("/_sandbox/state")["accounts"] if one["username"] == "our.brand"]
    assert "messages" in str(state)


def test_a_refused_token_is_noticed_while_the_subscription_is_read_back(account: Account, sandbox: Sandbox) -> None:
    sandbox.post("/_sandbox/faults", {"expired_token": True})
    connect.check_subscription(account.id, utc.now())
    assert again(account).state == AccountState.REFUSED


def test_a_token_that_is_refused_while_subscribing_connects_nothing(sandbox: Sandbox, db_session: Session) -> None:
    sandbox.post("/_sandbox/faults", {"expired_token": {"only": ["subscribe"]}})
    with pytest.raises(connect.BadToken):
        connect.by_token(TOKEN, utc.now())
    assert db_session.scalars(sa.select(Account)).all() == []


def test_a_token_is_stored_sealed(account: Account) -> None:
    assert TOKEN not in (account.token_encrypted or "")
    assert tokens.of(account) == TOKEN


def test_a_token_sealed_with_an_older_key_still_opens(app: Flask, make_app: Any, sandbox: Sandbox) -> None:
    with make_app(SECRET_KEY="o" * 40).app_context():
        sealed = tokens.sealed(TOKEN)
    with make_app(SECRET_KEY="n" * 40 + "," + "o" * 40).app_context():
        assert tokens.of(Account(token_encrypted=sealed)) == TOKEN
    with make_app(SECRET_KEY="n" * 40).app_context():
        assert tokens.of(Account(token_encrypted=sealed)) is None


def test_a_token_that_meta_does_not_know_is_refused_in_words(sandbox: Sandbox, db_session: Session) -> None:
    with pytest.raises(errors.CallFailed) as caught:
        connect.by_token("nonsense", utc.now())
    assert caught.value.sentence == "Instagram does not accept this token."
    assert db_session.scalars(sa.select(Account)).all() == []


@pytest.mark.parametrize(
    "pasted", ["", " ", "IGAA\u200bx", "токен", "IGAA\nx", "IGAA\r\nX-Evil: x", "IGAA x", "IGAA\x00"]
)
def test_what_can_be_no_token_is_refused_in_words(sandbox: Sandbox, db_session: Session, pasted: str) -> None:
    with pytest.raises(connect.BadToken):
        connect.by_token(pasted, utc.now())
    assert sandbox.get("/_sandbox/calls?name=me") == []


def test_white_space_around_a_token_does_no_harm(sandbox: Sandbox, db_session: Session) -> None:
    assert tokens.of(connect.by_token(f"\t{TOKEN} \r\n", utc.now())) == TOKEN


def test_the_settings_pages_get_refusals_as_sentences(sandbox: Sandbox, db_session: Session) -> None:
    with pytest.raises(Refused, match="does not accept this token"):
        connect.Connector().connect("nonsense", None, utc.now())


def test_a_connect_that_cannot_reach_instagram_says_that_nothing_was_connected(
    make_app: Any, db_session: Session
) -> None:
    unreachable = "Instagram cannot be reached. Nothing was connected; try again in a moment."
    with make_app(GRAPH_BASE_URL="http://127.0.0.1:1").app_context(), pytest.raises(Refused, match=unreachable):
        connect.Connector().connect(TOKEN, None, utc.now())


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"server_errors": {"rate": 1, "status": 503}}, "Instagram gave no answer that can be read. Nothing was"),
        ({"rate_limit": True}, "Instagram takes no more calls for the moment. Nothing was connected"),
        ({"refuse_with": {"code": 10, "only": ["me"]}}, "does not permit this .* permissions. Nothing was connected"),
        ({"expired_token": {"only": ["subscribe"]}}, "Instagram does not accept this token."),
    ],
)
def test_a_connect_that_fails_says_so_in_words_of_its_own(
    sandbox: Sandbox, db_session: Session, fault: dict[str, Any], said: str
) -> None:
    sandbox.post("/_sandbox/faults", fault)
    with pytest.raises(Refused, match=said):
        connect.Connector().connect(TOKEN, None, utc.now())


def test_of_two_that_connect_an_account_at_once_the_second_begins_again(sandbox: Sandbox, db_session: Session) -> None:
    def somebody_was_faster(session: Session, *_: object) -> None:
        inbox_id = session.scalar(sa.select(Inbox.id))
        values = {"ig_user_id": wire.ACCOUNT, "username": "faster", "inbox_id": inbox_id, "connected_at": utc.now()}
        session.execute(sa.insert(Account).values(values))

    event.listen(db.session(), "before_flush", somebody_was_faster, once=True)
    assert connect.by_token(TOKEN, utc.now()).username == "our.brand"


@pytest.mark.parametrize("is_late", [False, True])
def test_what_comes_while_an_account_is_being_connected_is_not_lost(
    sandbox: Sandbox, client: FlaskClient, db_session: Session, meanwhile: Meanwhile, *, is_late: bool
) -> None:
    def somebody_writes() -> None:
        wire.send(client, wire.body(wire.text("Hello?")))
        drain()

    def ignored_after_all() -> None:
        put_off = sa.update(Event).values(outcome=Outcome.IGNORED, reason=interpreter.NOT_CONNECTED)
        db.change(put_off)
        db.commit()

    meanwhile(somebody_writes)
    account = connect.by_token(TOKEN, utc.now())
    if is_late:  # whoever ignored it committed last
        ignored_after_all()
        gaps.begin(account.id, utc.now())
    drain()
    assert db_session.scalars(sa.select(Item.text).where(Item.is_inbound)).all() == ["Hello?"]


def test_connecting_again_keeps_the_account_and_its_history(account: Account) -> None:
    aged(account, state=AccountState.REFUSED, refused_reason="expired")
    same = connect.by_token(TOKEN, utc.now())
    assert (same.id, same.state, same.refused_reason) == (account.id, AccountState.CONNECTED, None)


def test_connecting_again_keeps_the_professional_id_where_instagram_names_only_the_other(account: Account) -> None:
    facts = Facts(ig_user_id=wire.OTHER_ID, app_scoped_id=None, username="our.brand")
    same = connections.connect(facts, Grant(tokens.sealed(TOKEN)), utc.now())
    assert (same.id, same.ig_user_id, same.app_scoped_id) == (account.id, wire.ACCOUNT, wire.OTHER_ID)


def test_an_account_that_was_known_by_one_id_gets_its_second_one(account: Account) -> None:
    aged(account, ig_user_id=wire.OTHER_ID, app_scoped_id=None)
    same = connect.by_token(TOKEN, utc.now())
    assert (same.id, same.ig_user_id, same.app_scoped_id) == (account.id, wire.ACCOUNT, wire.OTHER_ID)


def test_disconnecting_unsubscribes_and_destroys_the_token(stage: Stage) -> None:
    assert connect.Connector().disconnect(stage.account, None, utc.now())
    db.commit()
    account = stage.account
    assert (account.state, account.token_encrypted) == (AccountState.DISCONNECTED, None)
    (state,) = [one for one in stage.sandbox.get("/_sandbox/state")["accounts"] if one["username"] == "our.brand"]
    assert not state["subscribed_fields"]


def test_disconnecting_says_where_instagram_could_not_be_told(stage: Stage) -> None:
    stage.fault(server_errors={"rate": 1})
    assert not connect.Connector().disconnect(stage.account, None, utc.now())
    db.commit()
    assert (stage.account.state, stage.account.token_encrypted) == (AccountState.DISCONNECTED, None)
    assert connect.Connector().disconnect(stage.account, None, utc.now())


def test_a_token_a_day_old_is_refreshed(account: Account) -> None:
    aged(account, token_refreshed_at=utc.now() - timedelta(days=2))
    connect.refresh_token(account.id, utc.now())
    fresh = again(account)
    assert tokens.of(fresh) not in (None, TOKEN)
    assert fresh.token_expires_at is not None
    assert fresh.token_expires_at > utc.now() + timedelta(days=59)


def test_a_refresh_does_not_lift_metas_rate_limit(stage: Stage) -> None:
    stage.writes()
    send_id, until = stage.reply(), utc.now() + timedelta(minutes=50)
    aged(stage.account, token_refreshed_at=utc.now() - timedelta(days=2), throttled_until=until)
    outbox.deliver(send_id)
    connect.refresh_token(stage.account_id, utc.now())
    assert tokens.of(again(stage.account)) != TOKEN
    assert (stage.account.throttled_until, stage.send(send_id).next_try_at) == (until, until)


def test_what_waited_for_a_connection_goes_once_there_is_one(stage: Stage) -> None:
    stage.writes()
    send_id = stage.reply()
    aged(stage.account, state=AccountState.REFUSED)
    outbox.deliver(send_id)
    now = utc.now()
    connect.by_token(TOKEN, now)
    assert (stage.state(send_id), stage.send(send_id).next_try_at) == (SendState.WAITING, now)


def test_a_young_token_is_left_alone(account: Account, sandbox: Sandbox) -> None:
    aged(account, token_expires_at=utc.now() + timedelta(days=60))
    connect.refresh_token(account.id, utc.now())
    assert tokens.of(again(account)) == TOKEN
    assert sandbox.get("/_sandbox/calls?name=token") == []


def test_a_pasted_token_whose_age_nobody_knows_is_tried(account: Account, sandbox: Sandbox) -> None:
    sandbox.post("/_sandbox/tokens", {"account": "our.brand", "age": 3600})
    connect.refresh_token(account.id, utc.now())
    assert (again(account).state, tokens.of(again(account))) == (AccountState.CONNECTED, TOKEN)
    sandbox.post("/_sandbox/tokens", {"account": "our.brand", "age": 2 * 86_400})
    connect.refresh_token(account.id, utc.now())
    assert tokens.of(again(account)) not in (None, TOKEN)
    assert again(account).token_expires_at is not None


def test_a_refused_refresh_marks_the_account(account: Account, sandbox: Sandbox) -> None:
    aged(account, token_refreshed_at=utc.now() - timedelta(days=2))
    sandbox.post("/_sandbox/tokens", {"account": "our.brand", "revoked": True})
    connect.refresh_token(account.id, utc.now())
    assert again(account).state == AccountState.REFUSED


def test_a_refresh_that_cannot_reach_instagram_changes_nothing(account: Account, make_app: Any) -> None:
    aged(account, token_refreshed_at=utc.now() - timedelta(days=2))
    with make_app(GRAPH_BASE_URL="http://127.0.0.1:1").app_context():
        connect.refresh_token(account.id, utc.now())
    assert (again(account).state, tokens.of(again(account))) == (AccountState.CONNECTED, TOKEN)


def test_a_refused_refresh_of_the_former_token_leaves_the_new_one_alone(
    account: Account, sandbox: Sandbox, meanwhile: Meanwhile
) -> None:
    def connected_anew() -> None:
        connect.by_token(TOKEN, utc.now())
        sandbox.post("/_sandbox/faults", {"expired_token": {"times": 1}})

    aged(account, token_refreshed_at=utc.now() - timedelta(days=2))
    meanwhile(connected_anew)
    connect.refresh_token(account.id, utc.now())
    assert again(account).state == AccountState.CONNECTED


def test_a_token_that_came_during_a_refresh_is_not_replaced(account: Account, meanwhile: Meanwhile) -> None:
    aged(account, token_refreshed_at=utc.now() - timedelta(days=2))
    meanwhile(lambda: aged(account, token_encrypted=tokens.sealed("the administrator's")))
    connect.refresh_token(account.id, utc.now())
    assert tokens.of(again(account)) == "the administrator's"


@pytest.mark.parametrize("hours", [1, 48])
def test_a_token_that_no_key_opens_counts_as_refused(account: Account, hours: int) -> None:
    times = {
        "token_refreshed_at": utc.now() - timedelta(hours=hours),
        "token_expires_at": utc.now() + timedelta(days=9),
    }
    aged(account, token_encrypted="sealed with a lost key", **times)
    connect.refresh_token(account.id, utc.now())
    assert again(account).state == AccountState.REFUSED
