"""The account's conversations and their messages, read back from the platform."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Response, jsonify, request

from igapp.sandbox import ids, messages, people
from igapp.sandbox.graph import access, blueprint, errors, paging
from igapp.sandbox.graph.comments import written
from igapp.sandbox.graph.fields import Field, Render, parse, rendered
from igapp.sandbox.messages import Message
from igapp.sandbox.people import Account
from igapp.sandbox.world import here

DETAILED = 20
PAGE = 25


@dataclass(frozen=True)
class Conversation:
    account: str
    igsid: str
    updated_at: int


def _party(account: str, igsid: str | None) -> dict[str, str]:
    """A side of a conversation: the account itself where no person is named."""
    store = here().store
    if igsid is None:
        return {
            "username": store.value("SELECT username FROM accounts WHERE user_id = ?", account),
            "id": account,
        }
    person = people.by_igsid(store, account, igsid)
    return {"username": person.username if person else "", "id": igsid}


def _sender(message: Message, _: Field) -> dict[str, str]:
    return _party(message.account, message.igsid if message.direction == "in" else None)


def _receiver(message: Message, _: Field) -> dict[str, Any]:
    return {"data": [_party(message.account, None if message.direction == "in" else message.igsid)]}


FILES = {"image": "image_data", "video": "video_data"}


def _attachments(message: Message, _: Field) -> dict[str, Any] | None:
    found: list[dict[str, Any]] = []
    for place, one in enumerate(message.attachments):
        url = _url(one)
        if one["type"] in FILES:
            found.append({"id": f"{message.mid[:24]}{place}", FILES[one["type"]]: {"url": url}})
        elif one["type"] in ("audio", "file"):
            found.append({"id": f"{message.mid[:24]}{place}", "name": one["type"], "file_url": url})
    return {"data": found} if found else None


def _shares(message: Message, _: Field) -> dict[str, Any] | None:
    links = list(_shared_links(message))
    return {"data": [{"link": link} for link in links]} if links else None


def _shared_links(message: Message) -> Iterator[str]:
    kinds = [one["type"] for one in message.attachments]
    for one in message.attachments:
        is_double = one["type"] == "share" and "ig_post" in kinds
        if one["type"] in ("share", "ig_post", "ig_reel") and not is_double:
            yield _url(one)


def _story(message: Message, _: Field) -> dict[str, Any] | None:
    for one in message.attachments:
        if one["type"] == "story_mention":
            return {"mention": {"link": _url(one), "id": ids.number()}}
    story = message.extras.get("reply_to", {}).get("story")
    return {"reply_to": {"link": story["url"], "id": story["id"]}} if story else None


def _reactions(message: Message, _: Field) -> dict[str, Any] | None:
    found = [
        {"reaction": reaction["reaction"], "emoji": reaction["emoji"], "users": [_reactor(message, who)]}
        for who, reaction in message.reactions.items()
    ]
    return {"data": found} if found else None


def _reactor(message: Message, who: str) -> dict[str, str]:
    return _party(message.account, None if who == message.account else who)


def _url(attachment: dict[str, Any]) -> str:
    payload = attachment.get("payload")
    return str(payload.get("url", "")) if isinstance(payload, dict) else ""


def _unsupported(message: Message, _: Field) -> str | None:
    """The platform writes this truth as a word."""
    kinds = {one["type"] for one in message.attachments}
    is_unknown = message.extras.get("is_unsupported") or kinds & {"unsupported_type", "ephemeral"}
    return "true" if is_unknown else None


OF_MESSAGE: dict[str, Render[Message]] = {
    "id": lambda message, _: message.mid,
    "created_time": lambda message, _: written(message.at),
    "from": _sender,
    "to": _receiver,
    "message": lambda message, _: message.text or "",
    "attachments": _attachments,
    "shares": _shares,
    "story": _story,
    "reactions": _reactions,
    "is_unsupported": _unsupported,
}
BRIEF = parse("id,created_time")
OF_CONVERSATION: dict[str, Render[Conversation]] = {
    "id": lambda thread, _: ids.conversation_id(thread.account, thread.igsid),
    "updated_time": lambda thread, _: written(thread.updated_at),
    "participants": lambda thread, _: {"data": [_party(thread.account, None), _party(thread.account, thread.igsid)]},
    "messages": lambda thread, field: _page_of_messages(thread, field.inner, field.limit(PAGE), None),
}


@blueprint.get("/<node>/conversations")
def conversations(node: str) -> Response:
    access.require(access.MESSAGES)
    account, wanted = access.own(node), parse(request.args.get("fields", "") or "id,updated_time")
    if request.args.get("platform", "instagram") != "instagram":
        raise errors.bad_parameter("Param platform must be one of {instagram}")
    found = _threads(account, request.args.get("user_id"))
    answer = paging.page(
        lambda limit, skip: found[skip : skip + limit],
        limit=paging.asked_limit(PAGE),
        after=request.args.get("after"),
        link=f"{node}/conversations",
    )
    answer["data"] = [rendered(one, wanted, OF_CONVERSATION, "IGConversation") for one in answer["data"]]
    return jsonify(answer)


@blueprint.get("/<node>/messages")
def messages_of(node: str) -> Response:
    access.require(access.MESSAGES)
    thread, wanted = conversation(access.caller(), node), parse(request.args.get("fields", ""))
    limit = paging.asked_limit(PAGE)
    return jsonify(_page_of_messages(thread, wanted, limit, request.args.get("after")))


def conversation_node(account: Account, node: str, wanted: str) -> dict[str, Any]:
    access.require(access.MESSAGES)
    fields = parse(wanted or "id,updated_time")
    return rendered(conversation(account, node), fields, OF_CONVERSATION, "IGConversation")


def message_node(account: Account, node: str, wanted: str) -> dict[str, Any]:
    """Only the 20 newest of a conversation; older ones are said to be deleted, though they are not."""
    access.require(access.MESSAGES)
    found = messages.get(here().store, node)
    if found is None or found.account != account.user_id or found.is_deleted:
        raise errors.not_there(node)
    if messages.newer(here().store, found) >= DETAILED:
        raise errors.bad_parameter("The message was deleted by the user or the business.")
    return rendered(found, parse(wanted) or BRIEF, OF_MESSAGE, "IGMessage")


def conversation(account: Account, node: str) -> Conversation:
    """Raises GraphError 100/33 unless it is a conversation of the account."""
    sides = ids.thread_of(node)
    found = _threads(account, sides[1]) if sides and sides[0] == account.user_id else []
    if not found:
        raise errors.not_there(node)
    return found[0]


def _threads(account: Account, igsid: str | None) -> list[Conversation]:
    found = messages.threads(here().store, account.user_id, igsid)
    return [Conversation(account.user_id, who, at) for who, at in found]


def _page_of_messages(thread: Conversation, wanted: tuple[Field, ...], limit: int, after: str | None) -> dict[str, Any]:
    store = here().store
    numbered = paging.page(
        lambda size, skip: [
            (skip + place, message)
            for place, message in enumerate(messages.of_thread(store, thread.account, thread.igsid, size, skip))
        ],
        limit=limit,
        after=after,
        link=f"{ids.conversation_id(thread.account, thread.igsid)}/messages",
    )
    numbered["data"] = [_listed(place, message, wanted) for place, message in numbered["data"]]
    return numbered


def _listed(place: int, message: Message, wanted: tuple[Field, ...]) -> dict[str, Any]:
    fields = wanted if wanted and place < DETAILED else BRIEF
    return rendered(message, fields, OF_MESSAGE, "IGMessage")
