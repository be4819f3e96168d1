"""Connecting an account: who it is, and how its token and its subscription stay alive (SPEC 1.1 to 1.4)."""

import logging
from collections.abc import Sequence
from datetime import datetime

from igapp import db, utc
from igapp.desk import connections
from igapp.desk.connections import Facts, Grant
from igapp.desk.refusal import Refused
from igapp.instagram import errors, graph, lanes, login, subscriptions, tokens
from igapp.instagram import tolerant as read
from igapp.instagram.subscriptions import Subscription
from igapp.instagram.tokens import Token
from igapp.models import Account, User

log = logging.getLogger(__name__)

ME = "id,user_id,username,name,profile_picture_url"
REFRESH_AFTER_HOURS = 24
"""Meta refreshes no token that is younger; ours are refreshed daily (S7)."""


class BadToken(errors.Refused):
    """Meta knows no such token, or it has expired."""

    sentence = "Instagram does not accept this token."


class NotAnAccount(errors.Refused):
    """What came back names no account."""

    sentence = "This token belongs to no Instagram professional account."


_WHY: dict[type[errors.CallFailed], str] = {
    errors.NeverLeft: "Instagram cannot be reached.",
    errors.OutcomeUnknown: "Instagram gave no answer that can be read.",
    errors.Transient: "Instagram has a problem of its own.",
    errors.Throttled: "Instagram takes no more calls for the moment.",
}
"""The sentences of these errors are about what is sent, which is tried again by itself; connecting is not."""


class Connector:
    """Connecting and disconnecting as the settings pages ask for it; problems are Refused in words."""

    def connect(self, token: str, user: User | None, now: datetime) -> Account:
        """Connect the account of a token, anew where it is known; the caller commits once more."""
        user_id = user.id if user else None
        db.session().rollback()
        try:
            return by_token(token, now, user_id)
        except errors.CallFailed as error:
            raise Refused(words(error)) from error

    def address(self, state: str) -> str:
        """Return Instagram's authorise page; it leads back with `state`."""
        return login.address(state)

    def connect_by_code(self, code: str, user: User | None, now: datetime) -> Account:
        """Connect the account that somebody signed in to on that page; the caller commits once more."""
        user_id = user.id if user else None
        db.session().rollback()
        try:
            permit = login.permit(code, now)
            return by_token(permit.token, now, user_id, permit.expires_at, permit.permissions)
        except errors.CallFailed as error:
            raise Refused(words(error)) from error

    def disconnect(self, account: Account, user: User | None, now: datetime) -> bool:
        """Unsubscribe the account and forget its token, whatever Instagram says to it; history stays.

        Returns whether Instagram was told; if not, it may go on delivering.
        """
        account_id, user_id, token = account.id, user.id if user else None, tokens.of(account)
        was_connected = account.is_connected
        db.session().rollback()
        is_told = _forget_at_instagram(account_id, token) or not was_connected
        found = _load(account_id)
        if found is not None:
            connections.disconnect(found, now, db.session().get(User, user_id) if user_id else None)
        return is_told


def words(error: errors.CallFailed) -> str:
    """Say why an account was not connected, and that it was not."""
    if type(error) in _WHY:
        return f"{_WHY[type(error)]} Nothing was connected; try again in a moment."
    is_own = isinstance(error, BadToken | NotAnAccount | login.CodeRefused | login.ScopesMissing)
    return error.sentence if is_own else f"{error.sentence} Nothing was connected."


def by_token(
    token: str,
    now: datetime,
    user_id: int | None = None,
    expires_at: datetime | None = None,
    permissions: Sequence[str] | None = None,
) -> Account:
    """Connect the account of a token, subscribe it, store it and commit; raises CallFailed."""
    token = _typed(token)
    try:
        facts, subscription = facts_of(token), subscriptions.subscribe(token)
    except errors.TokenRefused as error:
        raise BadToken(error.code) from error
    grant = Grant(tokens.sealed(token), expires_at, permissions)
    account = db.retrying(lambda: _store(facts, grant, subscription, now, user_id))
    log.info("account_connected account=%d", account.id)
    return account


def _store(facts: Facts, grant: Grant, subscription: Subscription, now: datetime, user_id: int | None) -> Account:
    """Store the account and commit; of two that connect it at once, the second one finds it."""
    user = db.session().get(User, user_id) if user_id else None
    account = connections.connect(facts, grant, now, user)
    connections.record_subscription(account, subscription.fields, subscription.problem, now)
    lanes.hear_again(account, now)
    db.commit()
    return account


def facts_of(token: str) -> Facts:
    """Read the account of a token; both ids, since webhooks and callbacks name it differently (META 1)."""
    answer = graph.client().get(token, "me", fields=ME)
    me = answer.rows()[0] if answer.rows() else answer.body
    own_id, app_scoped_id = read.identifier(me.get("user_id")), read.identifier(me.get("id"))
    username = read.text(me.get("username"))
    if not (own_id or app_scoped_id) or not username:
        raise NotAnAccount
    return Facts(
        ig_user_id=own_id or app_scoped_id or "",
        app_scoped_id=app_scoped_id if own_id else None,
        username=username,
        name=read.text(me.get("name")),
        picture_url=read.url(me.get("profile_picture_url")),
    )


def _typed(token: str) -> str:
    """Return a pasted token without the white space around it; one that could be no header's is none."""
    token = token.strip()
    if not token.isascii() or not token.isprintable() or " " in token or not token:
        raise BadToken
    return token


def _forget_at_instagram(account_id: int, token: str | None) -> bool:
    if token is None:
        return False
    try:
        subscriptions.unsubscribe(token)
    except errors.CallFailed as error:
        log.warning("not_unsubscribed account=%d code=%s", account_id, error.code)
        return False
    return True


def check_subscription(account_id: int, now: datetime) -> None:
    """Read the subscription back and repair it; done daily, and after an outage (L8)."""
    account = _load(account_id)
    token = tokens.of(account) if account else None
    db.session().rollback()
    if token is None:
        return
    try:
        found = subscriptions.read(token)
        found = subscriptions.subscribe(token) if found.problem else found
    except errors.CallFailed as error:
        found = Subscription((), f"Whether Instagram tells us of new messages is not known: {error.sentence}")
        tokens.note_refusal(token, error, now)
    account = _load(account_id)
    if account is not None and account.is_connected:
        connections.record_subscription(account, found.fields or account.subscribed_fields or (), found.problem, now)
    db.commit()


def refresh_token(account_id: int, now: datetime) -> None:
    """Replace a token that is a day old by one that lives 60 days more (META 9.3)."""
    account = _load(account_id)
    token = tokens.of(account) if account else None
    is_due = account is not None and not _is_young(account, now)
    db.session().rollback()
    if token is None:
        _refuse_unreadable(account_id, now)
    elif is_due:
        _refresh(account_id, token, now)


def _refresh(account_id: int, token: Token, now: datetime) -> None:
    client = graph.client()
    try:
        answer = client.call(
            "GET", f"{client.base_url}/refresh_access_token",
            params={"grant_type": "ig_refresh_token", "access_token": token},
        )  # fmt: skip
    except errors.CallFailed as error:
        log.warning("token_not_refreshed account=%d code=%s", account_id, error.code)
        tokens.note_refusal(token, error, now)
        db.commit()
        return
    fresh, seconds = read.text(answer.body.get("access_token")), tokens.lives(answer.body)
    account = connections.held(account_id)
    if fresh and account is not None and token.is_in_use(account):
        expires_at = now + utc.seconds(seconds) if seconds else None
        connections.renew_token(account, Grant(tokens.sealed(fresh), expires_at), now)
        log.info("token_refreshed account=%d", account_id)
    db.commit()


def _load(account_id: int) -> Account | None:
    return db.session().get(Account, account_id)


def _refuse_unreadable(account_id: int, now: datetime) -> None:
    account = _load(account_id)
    if account is not None and tokens.is_unreadable(account):
        connections.refuse(account, connections.UNREADABLE, now)
    db.commit()


def _is_young(account: Account, now: datetime) -> bool:
    """Whether Meta would not refresh the token yet; how old a pasted one is nobody knows, so that is tried."""
    since = account.token_refreshed_at or account.connected_at
    return account.token_expires_at is not None and now - since < utc.hours(REFRESH_AFTER_HOURS)
