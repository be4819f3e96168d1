"""Reads threads back from the platform, to learn what became of what we sent and what we never heard of (META 8)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from igapp.instagram import errors, nodes
from igapp.instagram import tolerant as read
from igapp.instagram.graph import Graph, node
from igapp.instagram.nodes import ReadMessage

NEWEST = 20
"""Meta gives details for no more messages of a thread."""
_INSIDE = f"messages.limit({NEWEST}){{{nodes.MESSAGE_FIELDS}}}"


@dataclass(frozen=True)
class Thread:
    """A conversation in the platform's list, newest first there."""

    thread_id: str
    updated_at: datetime | None
    igsids: tuple[str, ...]
    """Everybody in it; the account is one of them."""


def with_person(client: Graph, token: str, igsid: str) -> list[ReadMessage]:
    """Return the newest messages exchanged with a person, oldest first; raises CallFailed.

    The list of threads may come without what is in them, as Meta documents it: each is then read by itself.
    """
    answer = client.get(token, "me/conversations", platform="instagram", user_id=igsid, fields=f"id,{_INSIDE}")
    found = [one for row in answer.rows() for one in _inside(client, token, row)]
    return sorted(found, key=_when)


def of_thread(client: Graph, token: str, thread_id: str) -> list[ReadMessage]:
    """Return the newest messages of a thread, oldest first; raises CallFailed."""
    answer = client.get(token, node(thread_id), fields=_INSIDE)
    return sorted(_messages(answer.body.get("messages")), key=_when)


def message(client: Graph, token: str, mid: str) -> ReadMessage:
    """Return one message by its id; raises CallFailed."""
    return nodes.message(client.get(token, node(mid), fields=nodes.MESSAGE_FIELDS).body)


def in_full(client: Graph, token: str, one: ReadMessage) -> ReadMessage:
    """Return a message that its thread only named with what its id says; raises CallFailed.

    What Meta gives no details of stays as it was named.
    """
    if one.from_id or one.message.mid is None:
        return one
    try:
        return message(client, token, one.message.mid)
    except errors.CallFailed as error:
        if not error.permanent:
            raise
        return one


def page(client: Graph, token: str, limit: int, after: str | None = None) -> tuple[list[Thread], str | None]:
    """Return a page of the account's threads, last changed first, and where the next page begins.

    Paging goes by cursor: an address for the next page, which leads wherever it likes, is not followed (X3).
    """
    more = {"after": after} if after else {}
    fields = "id,updated_time,participants"
    answer = client.get(token, "me/conversations", platform="instagram", fields=fields, limit=limit, **more)
    paging = read.mapping(answer.body.get("paging"))
    cursor = read.text(read.mapping(paging.get("cursors")).get("after")) if paging.get("next") else None
    return [_thread(row) for row in answer.rows()], cursor


def _inside(client: Graph, token: str, row: nodes.Json) -> list[ReadMessage]:
    thread_id = read.identifier(row.get("id"))
    if "messages" in row or thread_id is None:
        return list(_messages(row.get("messages")))
    return of_thread(client, token, thread_id)


def _when(one: ReadMessage) -> float:
    return one.at.timestamp() if one.at else 0.0


def _thread(row: nodes.Json) -> Thread:
    people = read.listed(read.mapping(row.get("participants")).get("data"))
    igsids = tuple(igsid for one in people if (igsid := read.party(one)))
    return Thread(read.identifier(row.get("id")) or "", read.moment(row.get("updated_time")), igsids)


def _messages(edge: object) -> Iterator[ReadMessage]:
    for row in read.listed(read.mapping(edge).get("data")):
        yield nodes.message(read.mapping(row))
