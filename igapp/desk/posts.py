"""The posts, reels, ads and broadcasts of ours that are commented on: the card above the comments (SPEC 10.1)."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from igapp import bell, db, utc
from igapp.background import later
from igapp.desk import memory
from igapp.models import Account, Item, Post

FRESH_HOURS = 24
"""A card is read again at the first comment after so long: the addresses of its pictures expire."""


@dataclass(frozen=True)
class PostFacts:
    """What is known of a post; None where nothing is said."""

    media_id: str
    product: str | None = None
    caption: str | None = None
    permalink: str | None = None
    picture_url: str | None = None
    posted_at: datetime | None = None


def find_or_add(account: Account, facts: PostFacts, now: datetime) -> Post:
    """Return the post of a comment, new where it is the first; what is missing is read later."""
    key = (account.id, facts.media_id)
    post: Post | None = memory.recall("post", key) if memory.recall("post", key) is not memory.MISSING else None
    post = post or db.session().scalar(
        sa.select(Post).where(Post.account_id == account.id, Post.media_id == facts.media_id)
    )
    if post is None:
        post = Post(account_id=account.id, media_id=facts.media_id)
        db.session().add(post)
    memory.remember("post", key, post)
    _fill(post, facts)
    if post.fetched_at is None or now - post.fetched_at > utc.hours(FRESH_HOURS):
        db.session().flush()
        later("fetch_post", post.id)
    return post


def load(post_id: int) -> Post | None:
    """Return a post by number."""
    return db.session().get(Post, post_id)


def describe(post: Post, facts: PostFacts | None, now: datetime, problem: str | None = None) -> None:
    """Show what Instagram says about a post, or that it says nothing."""
    if facts is not None:
        _fill(post, facts)
    post.fetched_at, post.problem = now, problem
    shown_to = sa.select(Item.customer_id).where(Item.post_id == post.id).distinct().limit(200)
    for customer_id in db.session().scalars(shown_to):
        bell.ring(f"customer:{customer_id}")


def _fill(post: Post, facts: PostFacts) -> None:
    post.product = facts.product or post.product
    post.caption = facts.caption or post.caption
    post.permalink = facts.permalink or post.permalink
    post.picture_url = facts.picture_url or post.picture_url
    post.posted_at = facts.posted_at or post.posted_at
