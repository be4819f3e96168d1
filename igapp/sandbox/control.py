"""The control API under `/_sandbox/`: tests and benches make things happen, and look."""

import json
from typing import Any

from flask import Blueprint, Response, jsonify, request

from igapp.sandbox import callbacks, looking, people
from igapp.sandbox.events import happen as happening
from igapp.sandbox.events.kinds import Impossible
from igapp.sandbox.world import World, here

blueprint = Blueprint("control", __name__, url_prefix="/_sandbox")
DRAIN_SECONDS = 10.0


@blueprint.errorhandler(Impossible)
@blueprint.errorhandler(ValueError)
def refuse(error: ValueError) -> tuple[Response, int]:
    return jsonify(error=str(error)), 400


@blueprint.post("/reset")
def reset() -> Response:
    """Back to the cast. `{"subscribed": false}` leaves the accounts unsubscribed."""
    here().reset(subscribed=bool(_body().get("subscribed", True)))
    return jsonify(looking.state(here()))


@blueprint.get("/state")
def state() -> Response:
    return jsonify(looking.state(here()))


@blueprint.post("/people")
def add_people() -> Response:
    """One person or a list; a known `key` changes that person."""
    given, world = request.get_json(), here()
    with world.store.transaction():
        keys = [people.add(world.store, person) for person in (given if isinstance(given, list) else [given])]
    wanted = set(keys)
    return jsonify([one for one in looking.people_of(world) if one["key"] in wanted])


@blueprint.post("/events")
def events() -> Response:
    """One event, a list, or `{"events": [...], "deliver": ..., "wait": seconds}`."""
    given = request.get_json()
    options = given if isinstance(given, dict) else {}
    wishes = options.get("events") or (given if isinstance(given, list) else [given])
    done = happening.happen(here(), wishes, str(options.get("deliver") or "separate"))
    if options.get("wait"):
        here().sender.drain(float(options["wait"]))
    return jsonify(done if isinstance(given, list) or "events" in options else done[0])


@blueprint.post("/raw")
def raw() -> Response:
    """Send a body as it is, at once; `signature` is `good` (default), `bad` or `none`."""
    given = _body()
    text = given["text"] if "text" in given else json.dumps(given.get("body"))
    return jsonify(callbacks.send_raw(here(), str(text).encode(), str(given.get("signature", "good"))))


@blueprint.post("/callbacks")
def call_back() -> Response:
    """`kind`: `deauthorize`, `data-deletion` or `handshake`; answers what the product said."""
    given = _body()
    return jsonify(callbacks.trigger(here(), str(given.get("kind")), given))


@blueprint.get("/threads/<account>/<person>")
def thread(account: str, person: str) -> Response:
    return jsonify(looking.thread(here(), account, person))


@blueprint.get("/comments")
def comments() -> Response:
    return jsonify(looking.comments(here()))


@blueprint.get("/messages")
def messages() -> Response:
    """Every message of every thread, oldest first; `direction` narrows it down."""
    return jsonify(looking.messages_of(here(), request.args.get("direction")))


@blueprint.get("/calls")
def calls() -> Response:
    """The log of Graph calls, oldest first; `path`, `name`, `method`, `after` narrow it down."""
    return jsonify(looking.calls(here(), request.args))


@blueprint.delete("/calls")
def forget_calls() -> Response:
    return jsonify(forgotten=here().store.run("DELETE FROM calls").rowcount)


@blueprint.get("/deliveries")
def deliveries() -> Response:
    """Webhook deliveries, oldest first, with attempts, status and milliseconds."""
    return jsonify(looking.deliveries(here(), int(request.args.get("limit", 1000))))


@blueprint.post("/deliveries/retry")
def retry() -> Response:
    here().sender.hurry()
    return jsonify(pending=here().sender.pending)


@blueprint.route("/faults", methods=["POST", "DELETE"])
def faults() -> Response:
    """`{"name": true | rate | {"on", "rate", "times", "only", ...}}`; DELETE turns all off."""
    world = here()
    if request.method == "DELETE":
        world.faults.reset()
    for name, wish in _body().items():
        world.faults.set(name, wish)
    return jsonify(looking.faults(world))


@blueprint.post("/clock")
def clock() -> Response:
    """`{"offset_seconds": n}` sets how far ahead the platform's time is; `advance` adds to it."""
    given, now = _body(), here().clock
    now.move(float(given.get("offset_seconds", now.offset_seconds)) + float(given.get("advance", 0)))
    return jsonify(looking.clock(here()))


@blueprint.post("/tokens")
def tokens() -> Response:
    """Changes an account's tokens: `{"account", "expires_in": s | "revoked": true | "age": s}`."""
    return jsonify(looking.age_tokens(here(), _body()))


@blueprint.post("/media")
def media() -> Response:
    """`{"url": ...}` of a file at the CDN: deleted by its owner, it answers 404 from now on."""
    return jsonify(removed=looking.remove_media(here(), str(_body().get("url", ""))))


@blueprint.post("/webhook")
def webhook() -> Response:
    """Where webhooks go from now on: `url`, `secret`, `verify_token`, each if given."""
    return jsonify(_point(here(), _body()))


@blueprint.post("/drain")
def drain() -> tuple[Response, int]:
    """Wait until the webhook queue is empty; 504 if it was not within `seconds`."""
    sender = here().sender
    is_empty = sender.drain(float(_body().get("seconds", DRAIN_SECONDS)))
    return jsonify(drained=is_empty, pending=sender.pending), 200 if is_empty else 504


def _point(world: World, given: dict[str, Any]) -> dict[str, str]:
    target = world.target
    target.webhook_url = given.get("url", target.webhook_url)
    target.secret = given.get("secret", target.secret)
    target.verify_token = given.get("verify_token", target.verify_token)
    return {"url": target.webhook_url}


def _body() -> dict[str, Any]:
    given = request.get_json(silent=True)
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise Impossible("the body is a JSON object")
    return given
