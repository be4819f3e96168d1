"""Comments below the account's posts, and what Instagram tells of posts otherwise."""

from typing import Any

from igapp.sandbox import ids, posts
from igapp.sandbox.events.kinds import Actor, Details, Done, Impossible, kind
from igapp.sandbox.people import Account
from igapp.sandbox.posts import Comment, Post
from igapp.sandbox.webhooks.envelope import Event
from igapp.sandbox.world import World


@kind("comment")
def comment(actor: Actor) -> Done:
    """A comment on `post` (an id, or FEED, REELS, AD, STORY; else a feed post)."""
    return _add(actor, _post(actor, "FEED"), None)


@kind("live_comment")
def live_comment(actor: Actor) -> Done:
    post = _post(actor, "IG_LIVE")
    if not post.is_live:
        raise Impossible("the broadcast is over")
    return _add(actor, post, None)


@kind("comment_reply")
def comment_reply(actor: Actor) -> Done:
    """A reply below `comment`, else below the newest comment of the post."""
    parent = _comment(actor)
    post = posts.post(actor.world.store, parent.post)
    if post is None:
        raise Impossible("that post is gone")
    return _add(actor, post, parent.parent_id or parent.id)


@kind("comment_deleted")
def comment_deleted(actor: Actor) -> Done:
    """The author deletes a comment. Instagram tells nobody."""
    store = actor.world.store
    if actor.details.get("comment"):
        gone = _comment(actor)
    else:
        own = posts.of_person(store, actor.account.user_id, actor.who.person)
        if own is None:
            raise Impossible(f"{actor.who.username} has no comment here")
        gone = own
    posts.delete(store, gone.id)
    return Done(ids={"comment_id": gone.id})


@kind("own_comment")
def own_comment(actor: Actor) -> Done:
    """Somebody of the company comments in the app, below `comment` if it is named."""
    post, parent = _post(actor, "FEED"), None
    if actor.details.get("comment"):
        above = _comment(actor)
        parent = above.parent_id or above.id
        post = posts.post(actor.world.store, above.post) or post
    new = own(actor.world, actor.account, post, parent, actor.text("Thanks!") or "", actor.at)
    return Done(event(actor.world, new), {"comment_id": new.id})


@kind("end_broadcast")
def end_broadcast(actor: Actor) -> Done:
    posts.end_broadcast(actor.world.store, _post(actor, "IG_LIVE").id)
    return Done()


@kind("mention")
def mention(actor: Actor) -> Done:
    """Named in a comment on somebody else's post: two ids and nothing more."""
    value = {"comment_id": ids.number(), "media_id": ids.number()}
    return Done(_change(actor, "mentions", value, value["comment_id"]))


@kind("story_insights")
def story_insights(actor: Actor) -> Done:
    counts = {"exits": 3, "replies": 0, "reach": 44, "taps_forward": 4, "taps_back": 3}
    story = ids.number()
    value = {"media_id": story, **counts, "impressions": 444}
    return Done(_change(actor, "story_insights", value, story))


def own(world: World, account: Account, post: Post, parent_id: str | None, text: str, at: int) -> Comment:
    """Store a comment of the account itself."""
    new = Comment(
        id=ids.number(),
        account=account.user_id,
        post=post.id,
        parent_id=parent_id,
        author_id=account.user_id,
        username=account.username,
        person=None,
        text=text,
        at=at,
    )
    posts.add(world.store, new)
    return new


def event(world: World, new: Comment, details: Details | None = None) -> Event:
    """The webhook of a comment; `omit` among the details leaves out `from`, `media`, `id`, `text`."""
    post = posts.post(world.store, new.post)
    value: dict[str, Any] = {"from": _from(world, new), "id": new.id, "text": new.text}
    if post is not None:
        value["media"] = {"id": post.id, "media_product_type": post.product_type, **post.ad}
    if new.parent_id:
        value["parent_id"] = new.parent_id
    for name in (details or {}).get("omit", ()):
        value.pop(name, None)
    field = "live_comments" if post is not None and post.is_broadcast else "comments"
    return Event(new.account, field, value, new.at, new.id)


def _from(world: World, new: Comment) -> dict[str, str]:
    author = {"id": new.author_id, "username": new.username}
    if new.person is None:
        author["self_ig_scoped_id"] = world.store.value(
            "SELECT self_igsid FROM accounts WHERE user_id = ?", new.account
        )
    return author


def _add(actor: Actor, post: Post, parent_id: str | None) -> Done:
    new = Comment(
        id=str(actor.details.get("new_comment") or ids.number()),
        account=actor.account.user_id,
        post=post.id,
        parent_id=parent_id,
        author_id=actor.who.commenter_id,
        username=actor.who.username,
        person=actor.who.person,
        text=actor.text("Love it! What does it cost?") or "",
        at=actor.at,
    )
    posts.add(actor.world.store, new)
    return Done(event(actor.world, new, actor.details), {"comment_id": new.id})


def _post(actor: Actor, product_type: str) -> Post:
    wanted, store = str(actor.details.get("post") or product_type), actor.world.store
    found = posts.post(store, wanted)
    if found is None:
        of_kind = posts.of_account(store, actor.account.user_id, wanted)
        found = of_kind[0] if of_kind else None
    if found is None or found.account != actor.account.user_id:
        raise Impossible(f"{actor.account.username} has no such post: {wanted}")
    return found


def _comment(actor: Actor) -> Comment:
    store, wanted = actor.world.store, actor.details.get("comment")
    if wanted:
        found = posts.comment(store, str(wanted))
    else:
        on_post = posts.comments(store, _post(actor, "FEED").id, limit=1)
        found = on_post[0] if on_post else None
    if found is None or found.account != actor.account.user_id or found.is_deleted:
        raise Impossible("there is no such comment")
    return found


def _change(actor: Actor, field: str, value: dict[str, Any], ref: str) -> Event:
    return Event(actor.account.user_id, field, value, actor.at, ref)
