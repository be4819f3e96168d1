"""Who calls: the access token, what it allows, and the parameters of the call."""

import json
from typing import Any

from flask import g, request

from igapp.sandbox import people
from igapp.sandbox.graph import errors
from igapp.sandbox.people import Account
from igapp.sandbox.world import World

MESSAGES = "instagram_business_manage_messages"
COMMENTS = "instagram_business_manage_comments"


def caller() -> Account:
    """The account whose token the call carries. Raises GraphError 190."""
    account: Account = g.account
    return account


def identify(world: World) -> None:
    """Reads the token from the header or the query. Raises GraphError 190 in all its kinds."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    g.token = given or parameters().get("access_token", "")
    g.account, g.permissions = _holder(world, g.token)


def require(scope: str) -> None:
    """Raises GraphError 10 unless the token has that permission."""
    if scope not in g.permissions:
        raise errors.no_permission(scope)


def own(node: str) -> Account:
    """The caller, if the node is `me` or one of its ids. Raises GraphError otherwise."""
    account = caller()
    if node not in ("me", account.user_id, account.id):
        raise errors.not_there(node)
    return account


def parameters() -> dict[str, Any]:
    """All parameters of the call, from query, form and JSON body alike."""
    found: dict[str, Any] = request.args.to_dict()
    if request.method != "GET":
        found.update(request.form.to_dict())
        found.update(_json())
    return found


def structured(value: Any) -> dict[str, Any]:
    """A parameter that is an object: given as such, or as text in a form. Raises GraphError."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise errors.bad_parameter("Invalid parameter") from error
    if not isinstance(value, dict):
        raise errors.bad_parameter("Invalid parameter")
    return value


def _json() -> dict[str, Any]:
    if not request.is_json or not request.data:
        return {}
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise errors.bad_parameter("The body is not a JSON object")
    return body


def _holder(world: World, token: str) -> tuple[Account, frozenset[str]]:
    if not token:
        raise errors.bad_token("An access token is required to request this resource.")
    row = world.store.row("SELECT * FROM tokens WHERE token = ?", token)
    account = people.account(world.store, row["account"]) if row else None
    if row is None or account is None:
        raise errors.bad_token()
    if row["is_revoked"]:
        raise errors.revoked_token()
    if row["expires_at"] <= world.clock.now():
        raise errors.expired_token()
    return account, frozenset(json.loads(row["permissions"]))
