"""Posts of the accounts and the comments below them, as the platform keeps them."""

import json
from dataclasses import dataclass
from typing import Any

from igapp.sandbox.store import Store


@dataclass(frozen=True)
class Post:
    id: str
    account: str
    product_type: str
    media_type: str
    caption: str
    permalink: str
    at: int
    ad: dict[str, str]
    is_live: bool

    @property
    def is_broadcast(self) -> bool:
        return self.product_type == "IG_LIVE"


@dataclass(frozen=True)
class Comment:
    """A comment; below a top-level one when it has a parent. `person` is None for our own."""

    id: str
    account: str
    post: str
    parent_id: str | None
    author_id: str
    username: str
    person: str | None
    text: str
    at: int
    is_hidden: bool = False
    is_deleted: bool = False
    private_reply_mid: str | None = None


def post(store: Store, post_id: str) -> Post | None:
    row = store.row("SELECT * FROM posts WHERE id = ?", post_id)
    return _post(row) if row else None


def of_account(store: Store, account: str, product_type: str | None = None) -> list[Post]:
    rows = store.rows(
        "SELECT * FROM posts WHERE account = ? AND (? IS NULL OR product_type = ?) ORDER BY at DESC",
        account,
        product_type,
        product_type,
    )
    return [_post(row) for row in rows]


def end_broadcast(store: Store, post_id: str) -> None:
    store.run("UPDATE posts SET is_live = 0 WHERE id = ?", post_id)


def comment(store: Store, comment_id: str) -> Comment | None:
    """Any comment that was ever made, the deleted ones too."""
    row = store.row("SELECT * FROM comments WHERE id = ?", comment_id)
    return _comment(row) if row else None


def comments(store: Store, post_id: str, limit: int = -1, skip: int = 0) -> list[Comment]:
    """The top-level comments of a post that are still there, newest first."""
    return _list(store, "post = ? AND parent_id IS NULL", post_id, limit, skip)


def replies(store: Store, comment_id: str, limit: int = -1, skip: int = 0) -> list[Comment]:
    return _list(store, "parent_id = ?", comment_id, limit, skip)


def of_person(store: Store, account: str, person: str) -> Comment | None:
    """The person's last comment that is still there."""
    row = store.row(
        "SELECT * FROM comments WHERE account = ? AND person = ? AND is_deleted = 0"
        " ORDER BY at DESC, rowid DESC LIMIT 1",
        account,
        person,
    )
    return _comment(row) if row else None


def every(store: Store) -> list[Comment]:
    return [_comment(row) for row in store.rows("SELECT * FROM comments ORDER BY at, rowid")]


def add(store: Store, new: Comment) -> None:
    values = [getattr(new, name) for name in Comment.__dataclass_fields__]
    store.run(f"INSERT INTO comments VALUES ({', '.join('?' * len(values))})", *values)  # noqa: S608 (only marks)


def hide(store: Store, comment_id: str, hidden: bool) -> None:
    store.run("UPDATE comments SET is_hidden = ? WHERE id = ?", int(hidden), comment_id)


def delete(store: Store, comment_id: str) -> None:
    """Gone, with everything below it."""
    store.run("UPDATE comments SET is_deleted = 1 WHERE ? IN (id, parent_id)", comment_id)


def answer_privately(store: Store, comment_id: str, mid: str) -> bool:
    """Use up the one private reply; False if it was used before."""
    used = store.run(
        "UPDATE comments SET private_reply_mid = ? WHERE id = ? AND private_reply_mid IS NULL",
        mid,
        comment_id,
    )
    return used.rowcount == 1


def _list(store: Store, where: str, value: str, limit: int, skip: int) -> list[Comment]:
    rows = store.rows(
        f"SELECT * FROM comments WHERE {where} AND is_deleted = 0"  # noqa: S608 (our own words)
        " ORDER BY at DESC, rowid DESC LIMIT ? OFFSET ?",
        value,
        limit,
        skip,
    )
    return [_comment(row) for row in rows]


def _post(row: Any) -> Post:
    return Post(**{**dict(row), "ad": json.loads(row["ad"]), "is_live": bool(row["is_live"])})


def _comment(row: Any) -> Comment:
    flags = {name: bool(row[name]) for name in ("is_hidden", "is_deleted")}
    return Comment(**{**dict(row), **flags})
