"""The account itself, what it subscribes to, and the profiles of those who wrote to it."""

import json
from typing import Any

from flask import Response, g, jsonify

from igapp.sandbox import cast, messages
from igapp.sandbox.graph import access, blueprint, errors
from igapp.sandbox.graph.fields import Render, parse, rendered
from igapp.sandbox.people import Account, Identity
from igapp.sandbox.world import World, here

OF_ACCOUNT: dict[str, Render[Account]] = {
    "id": lambda account, _: account.id,
    "user_id": lambda account, _: account.user_id,
    "username": lambda account, _: account.username,
    "name": lambda account, _: account.name,
    "account_type": lambda account, _: "BUSINESS",
    "profile_picture_url": lambda account, _: here().base + account.picture,
    "followers_count": lambda account, _: account.followers,
    "follows_count": lambda account, _: 120,
    "media_count": lambda account, _: here().store.value(
        "SELECT count(*) FROM posts WHERE account = ?", account.user_id
    ),
}
OF_PERSON: dict[str, Render[Identity]] = {
    "id": lambda person, _: person.igsid,
    "name": lambda person, _: person.name,
    "username": lambda person, _: person.username,
    "profile_pic": lambda person, _: here().base + person.picture if person.picture else None,
    "follower_count": lambda person, _: person.followers,
    "is_user_follow_business": lambda person, _: person.follows_us,
    "is_business_follow_user": lambda person, _: person.we_follow,
    "is_verified_user": lambda person, _: person.is_verified,
}


def account_node(account: Account, wanted: str) -> dict[str, Any]:
    answer = rendered(account, parse(wanted or "id,user_id,username"), OF_ACCOUNT, "IGUser")
    return {"data": [answer]} if here().faults.is_on("wrapped_answers") else answer


def profile_node(world: World, person: Identity, wanted: str) -> dict[str, Any]:
    """Raises GraphError 230 until the person wrote, and 100 where one field is wrong."""
    access.require(access.MESSAGES)
    if world.faults.strikes("profile_refused") or not _consents(world, person):
        raise errors.no_consent()
    return rendered(person, parse(wanted or "id,name,username"), OF_PERSON, "IGBusinessScopedID")


def _consents(world: World, person: Identity) -> bool:
    """To write, or to tap an ice breaker, is to consent; to comment is not."""
    wrote = messages.last_written_at(world.store, person.account, person.igsid)
    return wrote is not None and not person.has_blocked_us


@blueprint.post("/<node>/subscribed_apps")
def subscribe(node: str) -> Response:
    account, world = access.own(node), here()
    wanted = str(access.parameters().get("subscribed_fields", "")).replace(" ", "")
    fields = [field for field in wanted.split(",") if field]
    _check_fields(world, fields)
    _write_fields(world, account, fields)
    return jsonify(success=True)


@blueprint.get("/<node>/subscribed_apps")
def subscription(node: str) -> Response:
    fields = sorted(access.own(node).subscribed_fields)
    app = {"id": here().settings.app_id, "name": "Sandbox app", "subscribed_fields": fields}
    return jsonify(data=[app] if fields else [])


@blueprint.delete("/<node>/subscribed_apps")
def unsubscribe(node: str) -> Response:
    _write_fields(here(), access.own(node), [])
    return jsonify(success=True)


def _check_fields(world: World, fields: list[str]) -> None:
    if not fields:
        raise errors.bad_parameter("The parameter subscribed_fields is required.")
    for field in fields:
        if field not in cast.FIELDS:
            names = ", ".join(cast.FIELDS)
            raise errors.bad_parameter(f"Param subscribed_fields[0] must be one of {{{names}}}")
        _check_permission(field)
    if "message_echoes" in fields and world.faults.is_on("no_echo_field"):
        raise errors.bad_parameter("Field message_echoes is not available")


def _check_permission(field: str) -> None:
    about_comments = field in ("comments", "live_comments", "mentions")
    scope = access.COMMENTS if about_comments else access.MESSAGES
    if scope not in g.permissions:
        raise errors.no_permission(scope)


def _write_fields(world: World, account: Account, fields: list[str]) -> None:
    world.store.run(
        "UPDATE accounts SET subscribed_fields = ? WHERE user_id = ?",
        json.dumps(fields),
        account.user_id,
    )
