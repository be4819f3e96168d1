"""Reads what the Graph API says of messages, comments, posts and people, as tolerantly as deliveries."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from igapp.desk.customers import Profile
from igapp.desk.posts import PostFacts
from igapp.instagram import contents as say
from igapp.instagram import shapes
from igapp.instagram import tolerant as read

Json = Mapping[str, Any]

MESSAGE_FIELDS = "id,created_time,from,to,message,attachments,shares,story,reactions,is_unsupported"
COMMENT_FIELDS = (
    "id,text,timestamp,username,from,hidden,parent_id,"
    "media{id,media_product_type,caption,permalink,media_type,media_url,thumbnail_url,timestamp}"
)
POST_FIELDS = "id,caption,media_type,media_product_type,media_url,thumbnail_url,permalink,timestamp"
PROFILE_FIELDS = (
    "name,username,profile_pic,follower_count,is_user_follow_business,is_business_follow_user,is_verified_user"
)
"""One field too many makes Meta refuse the whole call (META 6)."""


@dataclass(frozen=True)
class ReadMessage:
    """A message as the platform keeps it; its time is exact to the second."""

    message: say.Message
    at: datetime | None
    from_id: str | None
    to_id: str | None


@dataclass(frozen=True)
class ReadComment:
    """A comment as the platform keeps it."""

    comment: say.Comment
    at: datetime | None
    is_hidden: bool
    post: PostFacts | None


def message(node: Json) -> ReadMessage:
    """Read a message node."""
    receivers = read.listed(read.mapping(node.get("to")).get("data"))
    story = read.mapping(node.get("story"))
    answered = read.mapping(story.get("reply_to"))
    return ReadMessage(
        message=say.Message(
            mid=read.identifier(node.get("id")),
            text=read.text(node.get("message")),
            attachments=tuple(_attachments(node)),
            story=say.Story(read.identifier(answered.get("id")), read.url(answered.get("link"))) if answered else None,
            is_unsupported=read.flag(node.get("is_unsupported")),
        ),
        at=read.moment(node.get("created_time")),
        from_id=read.party(node.get("from")),
        to_id=read.party(receivers[0]) if receivers else None,
    )


def post(node: Json) -> PostFacts:
    """Read a media node; of a video, the picture is its thumbnail."""
    return PostFacts(
        media_id=read.identifier(node.get("id")) or "",
        product=read.text(node.get("media_product_type")),
        caption=read.text(node.get("caption")),
        permalink=read.url(node.get("permalink")),
        picture_url=read.url(node.get("thumbnail_url")) or read.url(node.get("media_url")),
        posted_at=read.moment(node.get("timestamp")),
    )


def comment(node: Json) -> ReadComment:
    """Read a comment node."""
    media = read.mapping(node.get("media"))
    author = node.get("from") or node.get("user")
    found = shapes.comment({**node, "from": author}, is_live=False)
    return ReadComment(
        comment=found,
        at=read.moment(node.get("timestamp")),
        is_hidden=read.flag(node.get("hidden")),
        post=post(media) if media.get("id") else None,
    )


def profile(node: Json) -> Profile:
    """Read a person's profile; a name may be missing, and is then not known."""
    return Profile(
        name=read.name(node.get("name")),
        username=read.name(node.get("username")),
        picture_url=read.url(node.get("profile_pic")),
        is_verified=_truth(node.get("is_verified_user")),
        follower_count=read.number(node.get("follower_count")),
        follows_us=_truth(node.get("is_user_follow_business")),
        we_follow=_truth(node.get("is_business_follow_user")),
    )


def _truth(value: Any) -> bool | None:
    return None if value is None else read.flag(value)


def _attachments(node: Json) -> Iterator[say.Attachment]:
    for one in read.listed(read.mapping(node.get("attachments")).get("data")):
        yield _attachment(read.mapping(one))
    for share in read.listed(read.mapping(node.get("shares")).get("data")):
        yield say.Attachment("share", url=read.url(read.mapping(share).get("link")))
    mention = read.mapping(read.mapping(node.get("story")).get("mention"))
    if mention:
        yield say.Attachment("story_mention", url=read.url(mention.get("link")))


def _attachment(one: Json) -> say.Attachment:
    for kind in ("image", "video"):
        data = read.mapping(one.get(f"{kind}_data"))
        if data:
            return say.Attachment(kind, url=read.url(data.get("url")))
    kind = "audio" if one.get("name") == "audio" else "file"
    return say.Attachment(kind, url=read.url(one.get("file_url")), title=read.text(one.get("name")))
