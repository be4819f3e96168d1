"""Token calls: code to short token, short to long, long to a fresh one."""

import json
import secrets
import sqlite3
from http import HTTPStatus
from typing import Any

from flask import Response, jsonify, request

from igapp.sandbox import people, tokens
from igapp.sandbox.graph import blueprint, errors
from igapp.sandbox.world import World, here


@blueprint.post("/oauth/access_token")
def exchange_code() -> tuple[Response, int]:
    """A code for a token of one hour. Errors have a shape of their own here."""
    world, form = here(), request.form
    if form.get("client_id") != world.settings.app_id or not _knows_secret(world, form.get("client_secret", "")):
        return _refused("Invalid platform app")
    if form.get("grant_type") != "authorization_code":
        return _refused("Invalid grant_type")
    code = form.get("code", "").removesuffix("#_")
    found = tokens.use_code(world, code, form.get("redirect_uri", ""))
    if found is None:
        return _refused("Matching code was not found or was already used")
    return jsonify(_granted(world, found)), HTTPStatus.OK


@blueprint.get("/access_token")
def lengthen() -> Response:
    """A short token for one of 60 days. Raises GraphError."""
    world, asked = here(), request.args
    if asked.get("grant_type") != "ig_exchange_token":
        raise errors.bad_parameter("Param grant_type must be ig_exchange_token")
    if not _knows_secret(world, asked.get("client_secret", "")):
        raise errors.GraphError("Error validating client secret.", 1, kind="OAuthException")
    found = _living(world, asked.get("access_token", ""))
    if found["kind"] != "short":
        raise errors.bad_parameter("Session key invalid: this is no short-lived token")
    return _fresh(world, found)


@blueprint.get("/refresh_access_token")
def refresh() -> Response:
    """A long token for a fresh one, once it is a day old. Raises GraphError."""
    world, asked = here(), request.args
    if asked.get("grant_type") != "ig_refresh_token":
        raise errors.bad_parameter("Param grant_type must be ig_refresh_token")
    found = _living(world, asked.get("access_token", ""))
    is_young = world.clock.now() - found["issued_at"] < tokens.DAY_MS
    if found["kind"] != "long" or is_young:
        raise errors.bad_parameter("Session key invalid: the token cannot be refreshed yet")
    if "instagram_business_basic" not in json.loads(found["permissions"]):
        raise errors.no_permission("instagram_business_basic")
    return _fresh(world, found)


def _granted(world: World, code: sqlite3.Row) -> dict[str, Any]:
    account = people.account(world.store, code["account"])
    token, _ = tokens.give(world, code["account"], "short", code["permissions"])
    granted = json.loads(code["permissions"])
    user_id = account.id if account else ""
    if world.faults.is_on("wrapped_answers"):
        wrapped = {"access_token": token, "user_id": user_id, "permissions": ",".join(granted)}
        return {"data": [wrapped]}
    return {"access_token": token, "user_id": int(user_id), "permissions": granted}


def _living(world: World, token: str) -> sqlite3.Row:
    found = tokens.find(world, token)
    if found is None:
        raise errors.bad_token()
    if found["is_revoked"]:
        raise errors.revoked_token()
    if found["expires_at"] <= world.clock.now() or world.faults.strikes("expired_token", "token"):
        raise errors.expired_token()
    return found


def _fresh(world: World, old: sqlite3.Row) -> Response:
    token, seconds = tokens.give(world, old["account"], "long", old["permissions"])
    return jsonify(access_token=token, token_type="bearer", expires_in=seconds)  # noqa: S106 (its kind)


def _knows_secret(world: World, given: str) -> bool:
    known = world.settings.app_secret.split(",")
    return any(secrets.compare_digest(given, secret.strip()) for secret in known)


def _refused(message: str) -> tuple[Response, int]:
    status = HTTPStatus.BAD_REQUEST
    return jsonify(error_type="OAuthException", code=int(status), error_message=message), status
