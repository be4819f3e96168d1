"""Comments: from Meta's words to the desk's, and read back from the platform (SPEC 10, META 3.8, 5)."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime

from igapp import db
from igapp.desk import arrivals, changes, connections, customers, posts
from igapp.desk.posts import PostFacts
from igapp.instagram import contents as say
from igapp.instagram import errors, graph, nodes, tokens
from igapp.instagram.graph import node
from igapp.instagram.nodes import ReadComment
from igapp.instagram.tokens import Token
from igapp.models import Account, Item, Post

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Question:
    """What is read of which account's, taken out of the database before the call."""

    token: Token
    platform_id: str


def arrived(
    account: Account, comment: say.Comment, at: datetime, now: datetime, *, is_recovered: bool = False
) -> arrivals.ArrivedComment:
    """Return what the desk is told of a comment."""
    facts = {"ad_id": comment.ad_id, "ad_title": comment.ad_title, "original_media_id": comment.original_media_id}
    return arrivals.ArrivedComment(
        comment_id=comment.comment_id or "",
        at=at,
        text=comment.text,
        post=_post(account, comment, now),
        is_live=comment.is_live,
        details={name: value for name, value in facts.items() if value},
        is_recovered=is_recovered,
    )


def author_id(comment: say.Comment) -> str:
    """Return by which id its author is known; without one the comment has an author of its own, never a guessed one."""
    return comment.author_id or f"{customers.NAMELESS}{comment.comment_id}"


def merged(comment: say.Comment, found: ReadComment) -> say.Comment:
    """Return the comment with what Meta's delivery left out."""
    other = found.comment
    return replace(
        comment,
        text=comment.text or other.text,
        author_id=comment.author_id or other.author_id,
        username=comment.username or other.username,
        parent_id=comment.parent_id or other.parent_id,
        media_id=comment.media_id or other.media_id,
        product=comment.product or other.product,
        caption=comment.caption or other.caption,
    )


def fetch(token: str, comment_id: str) -> ReadComment:
    """Read a comment; raises CallFailed."""
    return nodes.comment(graph.client().get(token, node(comment_id), fields=nodes.COMMENT_FIELDS).body)


def fetch_post(post_id: int, now: datetime) -> None:
    """Read the post of a card."""
    post = posts.load(post_id)
    question = _question(post.account_id, post.media_id) if post else None
    db.session().rollback()
    if question is None:
        return
    facts, problem = None, None
    try:
        answer = graph.client().get(question.token, node(question.platform_id), fields=nodes.POST_FIELDS)
        facts = nodes.post(answer.body)
    except errors.CallFailed as error:
        log.info("post_not_read post=%d code=%s", post_id, error.code)
        problem = error.sentence
        tokens.note_refusal(question.token, error, now)
    post = posts.load(post_id)
    if post is not None and (facts is not None or problem is not None):
        posts.describe(post, facts, now, problem)
    db.commit()


def recheck(item_id: int, now: datetime) -> None:
    """Read a comment again: Meta tells nobody when its author deletes it (SPEC 10.6)."""
    item = db.session().get(Item, item_id)
    question = _question(item.account_id, item.platform_id) if item and _may_be_gone(item, now) else None
    db.session().rollback()
    if question is None:
        return
    try:
        fetch(question.token, question.platform_id)
    except errors.Gone:
        _note_gone(item_id, now)
    except errors.CallFailed as error:
        log.info("comment_not_read item=%d code=%s", item_id, error.code)
        tokens.note_refusal(question.token, error, now)
        db.commit()


def _may_be_gone(item: Item, now: datetime) -> bool:
    is_resting = item.account is not None and connections.is_busy(item.account, now)
    return not item.is_deleted and not is_resting


def _note_gone(item_id: int, now: datetime) -> None:
    item = db.session().get(Item, item_id)
    if item is not None and item.removed_at is None and not item.is_deleted:
        changes.apply("unsend", item, now, {}, now)
    db.commit()


def _post(account: Account, comment: say.Comment, now: datetime) -> Post | None:
    if comment.media_id is None:
        return None
    return posts.find_or_add(account, PostFacts(comment.media_id, comment.product, comment.caption), now)


def _question(account_id: int | None, platform_id: str | None) -> Question | None:
    account = db.session().get(Account, account_id) if account_id else None
    token = tokens.of(account) if account and account.may_send else None
    return Question(token, platform_id) if token and platform_id else None
