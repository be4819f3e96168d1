"""`/<id>`: whatever the id names, found by looking at what there is."""

from typing import Any

from flask import Response, jsonify, request

from igapp.sandbox import ids, people, posts
from igapp.sandbox.graph import access, blueprint, comments, conversations, errors
from igapp.sandbox.graph.accounts import account_node, profile_node
from igapp.sandbox.world import here


@blueprint.get("/<node>")
def read(node: str) -> Response:
    return jsonify(_found(node, request.args.get("fields", "")))


@blueprint.post("/<node>")
def change(node: str) -> Response:
    if posts.comment(here().store, node) is None:
        raise errors.unsupported("POST")
    return comments.change(access.caller(), node)


@blueprint.delete("/<node>")
def delete(node: str) -> Response:
    return comments.delete(access.caller(), node)


@blueprint.route("/<node>/<path:edge>", methods=["GET", "POST", "DELETE", "PUT"])
def unknown(node: str, edge: str) -> Response:
    raise errors.unknown_path(f"/{edge}")


def _found(node: str, wanted: str) -> dict[str, Any]:
    world, account = here(), access.caller()
    if node in ("me", account.user_id, account.id):
        return account_node(account, wanted)
    if person := people.by_igsid(world.store, account.user_id, node):
        return profile_node(world, person, wanted)
    if posts.comment(world.store, node):
        return comments.comment_node(comments.own_comment(account, node), wanted)
    post = posts.post(world.store, node)
    if post is not None and post.account == account.user_id:
        return comments.post_node(post, wanted)
    if ids.thread_of(node):
        return conversations.conversation_node(account, node, wanted)
    return conversations.message_node(account, node, wanted)
