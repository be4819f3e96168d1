"""What Meta calls besides webhooks: the handshake, deauthorise and data deletion."""

import secrets
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import urllib3

from igapp.sandbox import people
from igapp.sandbox.events.kinds import Impossible
from igapp.sandbox.webhooks import signing
from igapp.sandbox.world import World

TIMEOUT_SECONDS = 7.0
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PATHS = {"deauthorize": "/instagram/deauthorize", "data-deletion": "/instagram/data-deletion"}
_pool = urllib3.PoolManager(num_pools=2, retries=False)

Answer = dict[str, Any]


def trigger(world: World, kind: str, details: Answer) -> Answer:
    """Do it now, and answer status and body of what the product said. Raises Impossible."""
    if kind == "handshake":
        return _handshake(world)
    if kind not in PATHS:
        raise Impossible(f"kind is one of handshake, {', '.join(PATHS)}")
    user_id = _user(world, details)
    if kind == "deauthorize":
        world.store.run("UPDATE tokens SET is_revoked = 1 WHERE account = ?", _account(world, details).user_id)
    signed = signing.signed_request(user_id, world.clock.now() // 1000, world.target.secret)
    form = {"body": urlencode({"signed_request": signed}), "headers": FORM}
    return _call("POST", world.settings.product_url + PATHS[kind], **form)


def send_raw(world: World, body: bytes, signature: str) -> Answer:
    """Deliver these very bytes once, without retries."""
    headers = signing.headers(body, world.target.secret if signature == "good" else "not-the-secret")
    if signature == "none":
        headers = {"Content-Type": "application/json"}
    return _call("POST", world.target.webhook_url, body=body, headers=headers)


def _handshake(world: World) -> Answer:
    challenge = str(secrets.randbelow(10**10))
    fields = {
        "hub.mode": "subscribe",
        "hub.challenge": challenge,
        "hub.verify_token": world.target.verify_token,
    }
    answer = _call("GET", world.target.webhook_url, fields=fields)
    return {**answer, "verified": answer["status"] == HTTPStatus.OK and answer["body"] == challenge}


def _user(world: World, details: Answer) -> str:
    """Whom it names: a person's id when one is given, else the account's app-scoped id."""
    if details.get("user_id"):
        return str(details["user_id"])
    account = _account(world, details)
    if not details.get("person"):
        return account.id
    person = people.identity(world.store, account.user_id, str(details["person"]))
    if person is None:
        raise Impossible(f"no such person: {details['person']}")
    return person.igsid


def _account(world: World, details: Answer) -> people.Account:
    account = people.account(world.store, str(details.get("account") or "our.brand"))
    if account is None:
        raise Impossible(f"no such account: {details.get('account')}")
    return account


def _call(method: str, url: str, **what: Any) -> Answer:
    try:
        answer = _pool.request(method, url, timeout=TIMEOUT_SECONDS, redirect=False, **what)
    except urllib3.exceptions.HTTPError as error:
        return {"status": 0, "body": str(error)}
    return {"status": answer.status, "body": answer.data.decode("utf-8", "replace")}
