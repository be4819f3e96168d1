"""Posts and the comments below them: read, answered, hidden, deleted."""

from datetime import UTC, datetime
from typing import Any

from flask import Response, jsonify, request

from igapp.sandbox import assets, people, posts
from igapp.sandbox.events import commenting
from igapp.sandbox.graph import access, blueprint, echoes, errors, paging
from igapp.sandbox.graph.fields import Field, Render, parse, rendered
from igapp.sandbox.people import Account
from igapp.sandbox.posts import Comment, Post
from igapp.sandbox.world import here

LONGEST = 2200
PAGE = 25
LISTED = parse("timestamp,text,id")
LASTING = ("FEED", "REELS")


def written(at: int) -> str:
    """A moment as the Graph API writes it: whole seconds, `+0000`."""
    return datetime.fromtimestamp(at // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def _media_url(post: Post, _: Field) -> str:
    return assets.make(here(), "video" if post.media_type == "VIDEO" else "image")


def _children(post: Post, field: Field) -> dict[str, Any] | None:
    if post.media_type != "CAROUSEL_ALBUM":
        return None
    first = {"id": f"{post.id[:-1]}9", "media_type": "IMAGE"}
    return {"data": [{**first, "media_url": _media_url(post, field)}]}


OF_POST: dict[str, Render[Post]] = {
    "id": lambda post, _: post.id,
    "ig_id": lambda post, _: post.id[::-1],
    "caption": lambda post, _: post.caption,
    "media_type": lambda post, _: post.media_type,
    "media_product_type": lambda post, _: post.product_type,
    "media_url": _media_url,
    "thumbnail_url": lambda post, _: assets.make(here(), "image") if post.media_type == "VIDEO" else None,
    "permalink": lambda post, _: post.permalink,
    "shortcode": lambda post, _: post.permalink.rstrip("/").rpartition("/")[2],
    "timestamp": lambda post, _: written(post.at),
    "username": lambda post, _: _owner(post).username,
    "owner": lambda post, _: {"id": post.account},
    "comments_count": lambda post, _: len(posts.comments(here().store, post.id)),
    "like_count": lambda post, _: 0,
    "is_comment_enabled": lambda post, _: True,
    "children": _children,
    "comments": lambda post, field: _inside(post.id, field, posts.comments),
}


def _inside(node: str, field: Field, find: Any) -> dict[str, Any] | None:
    rows = find(here().store, node, field.limit(PAGE), 0)
    data = [rendered(each, field.inner or LISTED, OF_COMMENT, "IGComment") for each in rows]
    return {"data": data} if data else None


def _replies_inside(comment: Comment, field: Field) -> dict[str, Any] | None:
    return _inside(comment.id, field, posts.replies)


def _media_of(comment: Comment, field: Field) -> dict[str, Any]:
    post = posts.post(here().store, comment.post)
    if post is None:
        return {"id": comment.post}
    return rendered(post, field.inner, OF_POST, "IGMedia")


OF_COMMENT: dict[str, Render[Comment]] = {
    "id": lambda comment, _: comment.id,
    "text": lambda comment, _: comment.text,
    "timestamp": lambda comment, _: written(comment.at),
    "username": lambda comment, _: comment.username,
    "from": lambda comment, _: {"id": comment.author_id, "username": comment.username},
    "user": lambda comment, _: {"id": comment.author_id} if comment.person is None else None,
    "hidden": lambda comment, _: comment.is_hidden,
    "like_count": lambda comment, _: 0,
    "media": _media_of,
    "parent_id": lambda comment, _: comment.parent_id,
    "replies": _replies_inside,
    "legacy_instagram_comment_id": lambda comment, _: comment.id[::-1],
}


def post_node(post: Post, wanted: str) -> dict[str, Any]:
    return rendered(post, parse(wanted or "id"), OF_POST, "IGMedia")


def comment_node(comment: Comment, wanted: str) -> dict[str, Any]:
    access.require(access.COMMENTS)
    return rendered(comment, parse(wanted) or LISTED, OF_COMMENT, "IGComment")


@blueprint.get("/<node>/media")
def media(node: str) -> Response:
    """The account's own posts, newest first; stories, ads and broadcasts are not among them."""
    account, wanted = access.own(node), parse(request.args.get("fields", "id"))
    rows = [post for post in posts.of_account(here().store, account.user_id) if post.product_type in LASTING]
    found = paging.page(
        lambda limit, skip: rows[skip : skip + limit],
        limit=paging.asked_limit(PAGE),
        after=request.args.get("after"),
        link=f"{node}/media",
    )
    found["data"] = [rendered(each, wanted, OF_POST, "IGMedia") for each in found["data"]]
    return jsonify(found)


@blueprint.get("/<node>/comments")
def comments(node: str) -> Response:
    access.require(access.COMMENTS)
    _own_post(access.caller(), node)
    return jsonify(_listed(node, "comments", posts.comments))


@blueprint.get("/<node>/replies")
def replies(node: str) -> Response:
    access.require(access.COMMENTS)
    own_comment(access.caller(), node)
    return jsonify(_listed(node, "replies", posts.replies))


@blueprint.post("/<node>/replies")
def reply(node: str) -> Response:
    """A public reply; one to a reply goes below the top-level comment, as Instagram does it."""
    account, comment = access.caller(), own_comment(access.caller(), node)
    access.require(access.COMMENTS)
    post = _own_post(account, comment.post)
    if comment.is_hidden:
        raise errors.bad_parameter("A hidden comment cannot be replied to")
    if post.is_broadcast:
        raise errors.bad_parameter("Comments on a live broadcast cannot be replied to")
    return _commented(account, post, comment.parent_id or comment.id)


@blueprint.post("/<node>/comments")
def add(node: str) -> Response:
    """A new top-level comment on one's own post."""
    access.require(access.COMMENTS)
    return _commented(access.caller(), _own_post(access.caller(), node), None)


def change(account: Account, node: str) -> Response:
    """Hide or unhide; one's own comments stay shown whatever is asked."""
    comment = _moderated(account, node)
    hide = str(access.parameters().get("hide", "")).lower()
    if hide not in ("true", "false", "1", "0"):
        raise errors.bad_parameter("The parameter hide is required.")
    if comment.person is not None:
        posts.hide(here().store, comment.id, hide in ("true", "1"))
    return jsonify(success=True)


def delete(account: Account, node: str) -> Response:
    posts.delete(here().store, _moderated(account, node).id)
    return jsonify(success=True)


def own_comment(account: Account, node: str) -> Comment:
    """Raises GraphError 100/33 unless it is a comment on a post of the account, and still there.

    Live comments are there only while the broadcast runs.
    """
    found = posts.comment(here().store, node)
    if found is None or found.is_deleted or found.account != account.user_id:
        raise errors.not_there(node)
    post = posts.post(here().store, found.post)
    if post is not None and post.is_broadcast and not post.is_live:
        raise errors.not_there(node)
    return found


def _moderated(account: Account, node: str) -> Comment:
    access.require(access.COMMENTS)
    comment = own_comment(account, node)
    if _own_post(account, comment.post).is_broadcast:
        raise errors.bad_parameter("Comments on a live broadcast cannot be moderated")
    return comment


def _own_post(account: Account, node: str) -> Post:
    found = posts.post(here().store, node)
    if found is None or found.account != account.user_id:
        raise errors.not_there(node)
    return found


def _commented(account: Account, post: Post, parent_id: str | None) -> Response:
    world, text = here(), str(access.parameters().get("message") or "")
    if not text or len(text) > LONGEST:
        raise errors.bad_parameter("The parameter message is required and holds up to 2200 characters")
    new = commenting.own(world, account, post, parent_id, text, world.clock.tick())
    echoes.tell(world, commenting.event(world, new))
    return jsonify(id=new.id)


def _listed(node: str, edge: str, find: Any) -> dict[str, Any]:
    wanted = parse(request.args.get("fields", "")) or LISTED
    found = paging.page(
        lambda limit, skip: find(here().store, node, limit, skip),
        limit=paging.asked_limit(PAGE),
        after=request.args.get("after"),
        link=f"{node}/{edge}",
    )
    found["data"] = [rendered(each, wanted, OF_COMMENT, "IGComment") for each in found["data"]]
    return found


def _owner(post: Post) -> Account:
    owner = people.account(here().store, post.account)
    if owner is None:
        raise errors.not_there(post.id)
    return owner
