"""Looks for comments that no webhook told of, once the conversations are compared (L9).

Instagram keeps no list of comments: they are read below the account's newest posts, and below those that were
commented on lately, which may be older, or ads. Comments from before the account was connected are nobody's work.
"""

import logging
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from igapp import db
from igapp.background import later
from igapp.instagram import commenting, errors, gaps, graph, nodes, tokens
from igapp.instagram import tolerant as read
from igapp.instagram.events import GAP
from igapp.instagram.gaps import Slice
from igapp.instagram.graph import node
from igapp.instagram.nodes import ReadComment
from igapp.models import Post

log = logging.getLogger(__name__)

NEWEST_POSTS = 10
"""Of the account's own list."""
LATELY_COMMENTED = 10
"""Posts that we know from their comments."""
POSTS_A_SLICE = 3
"""Posts read before other maintenance has its turn."""
COMMENTS_A_PAGE = 50
"""Comments read in one call."""
MOST_PAGES = 4
"""Pages read below one post, however much was said there."""
BROADCAST = "IG_LIVE"
"""Its comments can be read, and answered, only while it runs."""
FIELDS = "id,text,timestamp,username,from,hidden,parent_id"


def look(account_id: int, started: str, posts: str, now: datetime) -> str | None:
    """Compare the comments below the next few posts and ask for the rest; returns that rest, None at the end."""
    part = gaps.slice_of(account_id, now)
    db.session().rollback()
    if part is None:
        return None
    try:
        named = posts.split(",") if posts else _posts(part)
        missing = [_compare(part, media_id, now) for media_id in named[:POSTS_A_SLICE]]
    except errors.CallFailed as error:
        log.warning("comments_not_looked_for account=%d error=%s code=%s", account_id, type(error).__name__, error.code)
        tokens.note_refusal(part.token, error, now)
        db.commit()
        return None
    gaps.count(account_id, missing)
    started = started if None not in missing else ""
    rest = ",".join(named[POSTS_A_SLICE:]) or None
    if rest is not None:
        later("find_comments", account_id, started, rest)
    else:
        gaps.finish(account_id, started)
    db.commit()
    return rest


def _posts(part: Slice) -> list[str]:
    """Return where to look: nowhere, where comments are switched off."""
    if not part.has_comments:
        return []
    lately = sa.select(Post.media_id).where(
        Post.account_id == part.account_id, sa.func.coalesce(Post.product, "") != BROADCAST
    )
    lately = lately.order_by(Post.fetched_at.desc().nulls_last(), Post.id.desc()).limit(LATELY_COMMENTED)
    known = list(db.session().scalars(lately))
    db.session().rollback()
    return list(dict.fromkeys([*_newest(part), *known]))


def _newest(part: Slice) -> list[str]:
    """Return the account's newest posts that have comments; none where Instagram does not list them."""
    try:
        answer = graph.client().get(part.token, "me/media", fields="id,comments_count", limit=NEWEST_POSTS)
    except errors.CallFailed as error:
        if not error.permanent:
            raise
        return []
    said = [row for row in answer.rows() if row.get("comments_count") != 0]
    return [media_id for row in said if (media_id := read.identifier(row.get("id")))]


def _compare(part: Slice, media_id: str, now: datetime) -> int | None:
    """Record what is missing below one post; returns how many comments, None where it cannot be read just now."""
    try:
        missing = list(_missing(part, _fresh(part, media_id)))
    except gaps.OF_ONE as error:
        log.warning("post_not_read account=%d error=%s code=%s", part.account_id, type(error).__name__, error.code)
        return None
    db.session().rollback()
    if missing:
        changes = [{"field": "comments", "value": _value(media_id, one)} for one in missing]
        gaps.record(part, "changes", changes, GAP, now)
    return len(missing)


def _missing(part: Slice, found: list[ReadComment]) -> Iterator[ReadComment]:
    """Yield whole top-level comments of others that neither the timeline nor the ledger has."""
    told = gaps.known(part, {one.comment.comment_id for one in found})
    for one in found:
        comment = one.comment
        is_work = comment.parent_id is None and not one.is_hidden and comment.author_id not in part.own_ids
        if is_work and comment.comment_id not in told and not gaps.is_gone(part, commenting.author_id(comment), one.at):
            yield one


def _fresh(part: Slice, media_id: str) -> list[ReadComment]:
    """Read the comments since the last comparison; a post that is gone, or is not to be read, has none."""
    since, found = max(part.since or part.connected_at, part.connected_at), list[ReadComment]()
    try:
        for page in _pages(part.token, media_id):
            fresh = [one for one in page if one.comment.comment_id and one.at is not None and one.at >= since]
            found += fresh
            if len(fresh) < len(page):
                break
    except errors.CallFailed as error:
        if not error.permanent:
            raise
    return found


def _pages(token: str, media_id: str) -> Iterable[list[ReadComment]]:
    """Yield pages, newest comments first. Paging goes by cursor: no address is followed (X3)."""
    more: dict[str, str] = {}
    for _ in range(MOST_PAGES):
        time.sleep(gaps.CALL_SECONDS)
        edge = f"{node(media_id)}/comments"
        answer = graph.client().get(token, edge, fields=FIELDS, limit=COMMENTS_A_PAGE, **more)
        yield [nodes.comment(row) for row in answer.rows()]
        paging = read.mapping(answer.body.get("paging"))
        cursor = read.text(read.mapping(paging.get("cursors")).get("after"))
        if not cursor or not paging.get("next"):
            return
        more = {"after": cursor}


def _value(media_id: str, one: ReadComment) -> dict[str, Any]:
    comment = one.comment
    return {
        "id": comment.comment_id,
        "from": {"id": comment.author_id, "username": comment.username},
        "text": comment.text,
        "media": {"id": media_id},
        "timestamp": one.at.isoformat() if one.at else None,
    }
