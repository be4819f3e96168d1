"""Around every Graph call: its name, its place in the log, its headers, and the faults it meets."""

import json
import socket
import time
from http import HTTPStatus
from typing import Any

from flask import Response, g, jsonify, request

from igapp.sandbox import ids, people, posts
from igapp.sandbox.graph import access, blueprint, errors, rates
from igapp.sandbox.graph.errors import GraphError
from igapp.sandbox.world import World, here

EDGES = {
    ("POST", "messages"): "send",
    ("POST", "replies"): "reply",
    ("GET", "replies"): "comments",
    ("GET", "comments"): "comments",
    ("POST", "comments"): "reply",
    ("GET", "media"): "posts",
    ("GET", "conversations"): "conversations",
    ("GET", "messages"): "conversation",
}
WITHOUT_TOKEN = frozenset({"access_token", "refresh_access_token", "oauth/access_token"})
KEPT_CALLS = 100_000
SECRETS = frozenset({"access_token", "client_secret", "appsecret_proof"})
HTML = "<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Sorry</h1></body></html>"


@blueprint.before_request
def begin() -> Response | None:
    world, path = here(), request.path.strip("/")
    g.started, g.raw = time.perf_counter(), request.get_data(cache=True)
    g.call, g.lost, g.account = _name(world, path), False, None
    if fault := world.faults.strikes("slow_answers", g.call):
        time.sleep(world.faults.between(*fault.options["seconds"]))
    if path not in WITHOUT_TOKEN:
        _meet_token_faults(world)
        access.identify(world)
    rates.count(world, g.account.user_id if g.account else "app", g.call)
    return _meet_early_faults(world)


@blueprint.errorhandler(GraphError)
def refuse(error: GraphError) -> tuple[Response, int]:
    return jsonify(error.body), error.status


@blueprint.after_request
def end(response: Response) -> Response:
    world = here()
    response = _meet_late_faults(world, response)
    rates.write_headers(world, response, g.account.user_id if g.account else None)
    _log(world, response)
    if g.lost:
        _drop()
    return response


def _name(world: World, path: str) -> str:
    """What the call is for, in one word: faults and the log go by it."""
    node, _, edge = path.partition("/")
    if path in WITHOUT_TOKEN:
        return "token"
    if edge == "subscribed_apps":
        return "subscribe" if request.method == "POST" else "subscription"
    if edge:
        return EDGES.get((request.method, edge), "other")
    if request.method != "GET":
        return "delete" if request.method == "DELETE" else "hide"
    return "me" if node == "me" else _node_name(world, node)


def _node_name(world: World, node: str) -> str:
    store = world.store
    if ids.thread_of(node):
        return "conversation"
    if store.value("SELECT 1 FROM identities WHERE igsid = ?", node):
        return "profile"
    if posts.comment(store, node):
        return "comment"
    if posts.post(store, node):
        return "media"
    return "me" if people.account(store, node) else "message"


def _meet_token_faults(world: World) -> None:
    if world.faults.strikes("expired_token", g.call):
        raise errors.expired_token()


def _meet_early_faults(world: World) -> Response | None:
    faults = world.faults
    if fault := faults.strikes("rate_limit", g.call):
        raise errors.too_many(int(fault.options["code"]))
    if fault := faults.strikes("refused_before", g.call):
        raise errors.temporary(int(fault.options["status"]))
    if fault := faults.strikes("refuse_with", g.call):
        raise _chosen(fault.options)
    if not faults.is_on("server_errors"):
        return None
    g.broken = faults.strikes("server_errors", g.call)
    return _broken(g.broken.options) if g.broken and not g.broken.options["delivered"] else None


def _meet_late_faults(world: World, response: Response) -> Response:
    is_done = response.status_code == HTTPStatus.OK
    broken = g.pop("broken", None)
    if broken and broken.options["delivered"] and is_done:
        return _broken(broken.options)
    if is_done and (fault := world.faults.strikes("lost_answers", g.call)):
        g.lost = True
        if fault.options["how"] == "hang":
            time.sleep(float(fault.options["seconds"]))
    return response


def _broken(options: Any) -> Response:
    status = int(options["status"])
    if options["body"] == "html":
        return Response(HTML, status, content_type="text/html; charset=utf-8")
    if options["body"] == "empty":
        return Response("", status)
    response = jsonify(errors.temporary(status).body)
    response.status_code = status
    return response


def _chosen(options: Any) -> GraphError:
    more: dict[str, Any] = {"is_transient": True} if options["transient"] else {}
    subcode = options["subcode"]
    return GraphError(
        str(options["message"]),
        int(options["code"]),
        int(subcode) if subcode else None,
        int(options["status"]),
        **more,
    )


def _drop() -> None:
    """Cuts the connection, so that the caller never learns what became of the call."""
    for server in ("werkzeug", "gunicorn"):
        open_socket = request.environ.get(f"{server}.socket")
        if open_socket is not None:
            open_socket.shutdown(socket.SHUT_RDWR)


def _log(world: World, response: Response) -> None:
    query = {key: value for key, value in request.args.items() if key not in SECRETS}
    logged = world.store.run(
        "INSERT INTO calls (at, name, method, path, query, body, status, answer, ms, account)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        time.time(),
        g.call,
        request.method,
        request.path,
        json.dumps(query),
        "" if g.call == "token" else g.raw.decode("utf-8", "replace"),
        None if g.lost else response.status_code,
        "" if g.call == "token" else response.get_data(as_text=True),
        (time.perf_counter() - g.started) * 1000,
        g.account.username if g.account else None,
    )
    if (logged.lastrowid or 0) % 1000 == 0:
        world.store.run("DELETE FROM calls WHERE id < ?", (logged.lastrowid or 0) - KEPT_CALLS)
