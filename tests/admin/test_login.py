"""Connecting by Business Login, end to end against the sandbox; and what administrators are warned of."""

import re
import urllib.request
from collections.abc import Callable
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import sqlalchemy as sa

from igapp import db, utc
from igapp.desk import account_health
from igapp.instagram import tokens
from igapp.models import Account, AccountState, Role, Send, SendKind, SendState, User
from tests.factories import conversation_of, make_account, make_identity, make_user, write
from tests.infra.stage import Sandbox
from tests.web.conftest import Door

Enter = Callable[..., Door]
SCOPES = (
    "instagram_business_basic",
    "instagram_business_manage_messages",
    "instagram_business_manage_comments",
)


@pytest.fixture
def ada(db_session: object) -> User:
    return make_user("Ada", Role.ADMIN)


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def decided(authorise: str, decision: str = "allow", scopes: tuple[str, ...] = SCOPES) -> str:
    """A person decides on Instagram's page; returns the path and query that they come back with."""
    page = urllib.request.build_opener(_Stay()).open(authorise).read().decode()
    account = re.search(r'name="account"\s+value="([^"]+)"', page)
    assert account, page
    form = [("account", account[1]), ("decision", decision), *(("scope", scope) for scope in scopes)]
    try:
        urllib.request.build_opener(_Stay()).open(authorise, urlencode(form).encode())
    except HTTPError as answer:
        parts = urlsplit(answer.headers["Location"])
        return f"{parts.path}?{parts.query}"
    raise AssertionError("Instagram's page did not lead back")


def authorise(door: Door) -> str:
    answer = door.get("/instagram/connect")
    assert answer.status_code == 303
    return answer.location


def connected() -> list[Account]:
    db.session().expire_all()
    return list(db.session().scalars(sa.select(Account).order_by(Account.id)))


def test_an_account_is_connected_by_signing_in(enter: Enter, ada: User, sandbox: Sandbox) -> None:
    door = enter(ada)
    answer = door.get(decided(authorise(door)))
    [account] = connected()
    assert answer.location == f"/settings/accounts/{account.id}"
    assert account.state == AccountState.CONNECTED
    assert set(account.permissions or ()) == set(SCOPES)
    assert account.token_expires_at is not None
    assert 50 <= (account.token_expires_at - utc.now()).days <= 60
    assert tokens.of(account) not in (None, account.token_encrypted)
    assert account.subscription_problem is None


def test_what_instagram_is_asked_for(enter: Enter, ada: User, sandbox: Sandbox) -> None:
    asked = parse_qs(urlsplit(authorise(enter(ada))).query)
    assert asked["scope"] == [",".join(SCOPES)]
    assert asked["redirect_uri"] == ["http://localhost:5000/instagram/callback"]
    assert asked["response_type"] == ["code"]


def test_reconnecting_keeps_history(enter: Enter, ada: User, sandbox: Sandbox) -> None:
    door = enter(ada)
    door.get(decided(authorise(door)))
    [account] = connected()
    write(make_identity(account), "before")
    account.state, account.token_encrypted = AccountState.REFUSED, None
    db.commit()
    door.get(decided(authorise(door)))
    [again] = connected()
    assert (again.id, again.state) == (account.id, AccountState.CONNECTED)


def test_a_wrapped_answer_is_understood(enter: Enter, ada: User, sandbox: Sandbox) -> None:
    sandbox.post("/_sandbox/faults", {"wrapped_answers": True})
    door = enter(ada)
    door.get(decided(authorise(door)))
    assert len(connected()) == 1


def test_unticked_permissions_are_named(enter: Enter, ada: User, sandbox: Sandbox) -> None:
    door = enter(ada)
    door.get(decided(authorise(door), scopes=SCOPES[:1]))
    assert connected() == []
    page = door.get("/settings/accounts").text
    assert "did not allow us to: read and answer messages, read and answer comments" in page


def test_with_everything_unticked_the_account_keeps_its_former_token(enter: Enter, ada: User, sandbox: Sandbox) -> None:
    door = enter(ada)
    door.get(decided(authorise(door)))
    [account] = connected()
    former = tokens.of(account)
    door.get(decided(authorise(door), scopes=()))
    assert "did not allow us to: see the profile" in door.get("/settings/accounts").text
    [account] = connected()
    assert tokens.of(account) == former


def test_a_refusal_on_instagrams_page_changes_nothing(enter: Enter, ada: User, sandbox: Sandbox) -> None:
    door = enter(ada)
    answer = door.get(decided(authorise(door), decision="deny"))
    assert answer.location == "/settings/accounts"
    assert "told not to connect" in door.get("/settings/accounts").text
    assert connected() == []


@pytest.mark.parametrize("error", ["invalid_scope", "server_error", ""])
def test_a_problem_of_instagrams_is_not_called_a_refusal(enter: Enter, ada: User, sandbox: Sandbox, error: str) -> None:
    door = enter(ada)
    state = parse_qs(urlsplit(authorise(door)).query)["state"][0]
    door.get(f"/instagram/callback?{urlencode({'error': error, 'state': state})}")
    page = door.get("/settings/accounts").text
    assert "Instagram reported a problem and connected nothing." in page
    assert "told not to" not in page


def test_a_code_works_once(enter: Enter, ada: User, sandbox: Sandbox) -> None:
    door = enter(ada)
    back = decided(authorise(door))
    door.get(back)
    state = parse_qs(urlsplit(authorise(door)).query)["state"][0]
    code = parse_qs(urlsplit(back).query)["code"][0]
    door.get(f"/instagram/callback?{urlencode({'code': code, 'state': state})}")
    assert "may have been used already" in door.get("/settings/accounts").text


def test_a_code_with_what_instagram_puts_behind_it_is_understood(enter: Enter, ada: User, sandbox: Sandbox) -> None:
    door = enter(ada)
    code_and_state = parse_qs(urlsplit(decided(authorise(door))).query)
    values = {"code": code_and_state["code"][0] + "#_", "state": code_and_state["state"][0]}
    door.get(f"/instagram/callback?{urlencode(values)}")
    assert len(connected()) == 1


@pytest.mark.parametrize("state", ["", "state=", "state=forged"])
def test_a_code_that_was_not_asked_for_here_is_not_used(enter: Enter, ada: User, sandbox: Sandbox, state: str) -> None:
    door = enter(ada)
    authorise(door)
    door.get(f"/instagram/callback?code=stolen&{state}")
    assert connected() == []
    assert "That did not begin here" in door.get("/settings/accounts").text


def test_a_state_counts_once(enter: Enter, ada: User, sandbox: Sandbox) -> None:
    door = enter(ada)
    state = parse_qs(urlsplit(authorise(door)).query)["state"][0]
    door.get("/instagram/callback?state=wrong&code=x")
    door.get(f"/instagram/callback?state={state}&code=x")
    assert "That did not begin here" in door.get("/settings/accounts").text


def test_agents_connect_nothing(enter: Enter, db_session: object) -> None:
    door = enter(make_user("Bo"))
    assert door.get("/instagram/connect").status_code == 403
    assert door.get("/instagram/callback?code=x&state=y").status_code == 403


@pytest.mark.parametrize(
    ("days", "said"), [(13.9, "in 13 days"), (6.5, "in 6 days"), (1.5, "in 1 day"), (0.5, "today")]
)
def test_g_s7_a_connection_that_ends_is_warned_of(enter: Enter, ada: User, days: float, said: str) -> None:
    make_account("our.brand", token_expires_at=utc.now() + utc.days(days))
    page = enter(ada).get("/").text
    assert f"The connection ends {said}" in page


def test_a_connection_that_lives_long_is_not_warned_of(db_session: object) -> None:
    make_account(token_expires_at=utc.now() + utc.days(20))
    make_account(state=AccountState.DISCONNECTED, token_expires_at=utc.now())
    assert account_health.alarms(utc.now()) == []


def test_a_refused_connection_shows_on_every_page_of_an_administrator(enter: Enter, ada: User) -> None:
    make_account("our.brand", state=AccountState.REFUSED)
    door = enter(ada)
    for path in ("/", "/inboxes", "/settings/users", "/help", "/me"):
        assert "Instagram refuses the connection." in door.get(path).text, path
    assert "Instagram refuses the connection." not in enter(make_user("Mia", Role.MANAGER)).get("/").text


def test_an_account_that_is_not_subscribed_is_warned_of(enter: Enter, ada: User) -> None:
    make_account(subscription_problem="Instagram does not tell us of: messages.")
    assert "Instagram does not tell us of: messages." in enter(ada).get("/").text


def test_disconnecting_says_where_instagram_could_not_be_told(enter: Enter, ada: User, sandbox: Sandbox) -> None:
    door = enter(ada)
    door.get(decided(authorise(door)))
    [account] = connected()
    path = f"/settings/accounts/{account.id}"
    db.session().rollback()
    sandbox.post("/_sandbox/faults", {"server_errors": {"rate": 1}})
    door.post(f"{path}/disconnection")
    assert "Instagram could not be told and may go on delivering" in door.get(path).text
    [account] = connected()
    assert account.state == AccountState.DISCONNECTED


def test_health_counts_sends_and_names_refusals(enter: Enter, ada: User) -> None:
    now, account = utc.now(), make_account(usage={"percent": 18})
    ana = make_identity(account)
    write(ana, now=now)
    for number in range(3):
        send = Send(
            kind=SendKind.MESSAGE, state=SendState.FAILED, account=account, identity=ana, key=f"k{number}",
            conversation_id=conversation_of(ana).id, queued_at=now, called_at=now, author_id=ada.id,
            problem="Instagram's time to reply is over.", error_code="10/2534022",
        )  # fmt: skip
        db.session().add(send)
    db.session().flush()
    page = enter(ada).get(f"/settings/accounts/{account.id}").text
    assert "18 % of Meta&#39;s limit, 3 of 200 messages" in page or "18 % of Meta's limit, 3 of 200 messages" in page
    assert "3 × Instagram" in page
    assert "10/2534022" in page
