"""`POST /<account>/messages`: messages, reactions, sender actions and private replies."""

from typing import Any

from flask import Response, jsonify

from igapp.sandbox import ids, messages, people, posts
from igapp.sandbox.graph import access, blueprint, echoes, errors, rates, uploads
from igapp.sandbox.messages import Message
from igapp.sandbox.people import Account, Identity
from igapp.sandbox.posts import Comment
from igapp.sandbox.webhooks import items
from igapp.sandbox.world import World, here

MOST_BYTES = 1000
MOST_QUICK_REPLIES = 13
HOUR_MS = 3_600_000
WINDOW_MS = 24 * HOUR_MS
HUMAN_AGENT_MS = 7 * 24 * HOUR_MS
PRIVATE_REPLY_MS = 7 * 24 * HOUR_MS

Params = dict[str, Any]


@blueprint.post("/<node>/messages")
def send(node: str) -> Response:
    account, params = access.own(node), access.parameters()
    access.require(access.MESSAGES)
    recipient = access.structured(params.get("recipient"))
    if "comment_id" in recipient:
        return jsonify(_reply_privately(account, str(recipient["comment_id"]), params))
    person = _recipient(account, recipient)
    if params.get("sender_action"):
        return jsonify(_act(account, person, params))
    return jsonify(_write(account, person, params))


def _recipient(account: Account, recipient: Params) -> Identity:
    """Raises GraphError for somebody who never had to do with the account, or shut it out."""
    world, igsid = here(), str(recipient.get("id", ""))
    person = people.by_igsid(world.store, account.user_id, igsid)
    if person is None:
        raise errors.unknown_user()
    if person.has_blocked_us:
        raise errors.person_unavailable()
    return person


def _write(account: Account, person: Identity, params: Params) -> Params:
    world = here()
    tag = _check_window(world, person, params)
    text, attachments = _content(world, account, access.structured(params.get("message")))
    extras = _quoted(world, person, params)
    message = Message(
        mid=ids.message_id(account.user_id, person.igsid),
        account=account.user_id,
        igsid=person.igsid,
        direction="out",
        via="api",
        at=world.clock.tick(),
        text=text,
        attachments=attachments,
        extras=extras,
        tag=tag,
    )
    messages.add(world.store, message)
    echoes.tell(world, items.event(message))
    return {"recipient_id": person.igsid, "message_id": message.mid}


def _check_window(world: World, person: Identity, params: Params) -> str | None:
    """Raises GraphError 10/2534022 outside 24 hours, or 7 days with the human-agent tag."""
    tag = params.get("tag")
    if tag not in (None, "", "HUMAN_AGENT"):
        raise errors.bad_parameter("Param tag must be one of {HUMAN_AGENT}")
    if tag and world.faults.strikes("human_agent_refused"):
        raise errors.human_agent_refused()
    wrote = messages.last_written_at(world.store, person.account, person.igsid)
    limit = HUMAN_AGENT_MS if tag else WINDOW_MS
    if wrote is None or world.clock.now() - wrote > limit:
        raise errors.outside_window()
    return "HUMAN_AGENT" if tag else None


def _content(world: World, account: Account, message: Params) -> tuple[str | None, uploads.Attachments]:
    """Raises GraphError where the message is empty, too long, or its files cannot be had."""
    given = message.get("attachment") or message.get("attachments")
    if (message.get("text") is None) == (given is None):
        raise errors.bad_parameter("A message has either text or attachments")
    if given is not None:
        return None, uploads.take(world, account, given if isinstance(given, list) else [given])
    text = str(message["text"])
    if not text or len(text.encode()) > MOST_BYTES:
        raise errors.bad_parameter("Length of param message[text] must be less than or equal to 1000")
    if len(message.get("quick_replies", ())) > MOST_QUICK_REPLIES:
        raise errors.bad_parameter("Param message[quick_replies] has too many elements.")
    return text, []


def _quoted(world: World, person: Identity, params: Params) -> Params:
    if not params.get("reply_to"):
        return {}
    mid = str(access.structured(params["reply_to"]).get("mid", ""))
    _message_of(world, person, mid)
    return {"reply_to": {"mid": mid}}


def _message_of(world: World, person: Identity, mid: str) -> Message:
    found = messages.get(world.store, mid)
    if found is None or found.is_deleted or found.igsid != person.igsid:
        raise errors.bad_parameter("The message ID is not valid or the message was deleted.")
    return found


def _act(account: Account, person: Identity, params: Params) -> Params:
    action = str(params["sender_action"])
    if action in ("react", "unreact"):
        _react(account, person, params, action)
    elif action not in ("typing_on", "typing_off", "mark_seen"):
        raise errors.bad_parameter(f"Param sender_action does not know {action}")
    return {"recipient_id": person.igsid}


def _react(account: Account, person: Identity, params: Params, action: str) -> None:
    world, payload = here(), access.structured(params.get("payload"))
    _check_window(world, person, {"tag": "HUMAN_AGENT"})
    message = _message_of(world, person, str(payload.get("message_id", "")))
    reaction = None
    if action == "react":
        name = str(payload.get("reaction") or "love")
        is_heart = name == "love"
        reaction = {
            "reaction": "love" if is_heart else "other",
            "emoji": "\u2764\ufe0f" if is_heart else name,
        }
    messages.react(world.store, message, account.user_id, reaction)


def _reply_privately(account: Account, comment_id: str, params: Params) -> Params:
    world = here()
    message = access.structured(params.get("message"))
    if message.get("text") is None:
        raise errors.bad_parameter("A private reply has text")
    text, _ = _content(world, account, message)
    rates.count(world, account.user_id, "private_reply")
    mid = ids.message_id(account.user_id, comment_id)
    with world.store.transaction():
        reply = _private(world, account, _open_comment(world, account, comment_id), mid, text)
    echoes.tell(world, items.event(reply))
    return {"recipient_id": reply.igsid, "message_id": mid}


def _open_comment(world: World, account: Account, comment_id: str) -> Comment:
    """Raises GraphError 100/2534025 for one that is gone, too old, ours, or past its broadcast."""
    comment = posts.comment(world.store, comment_id)
    if comment is None or comment.account != account.user_id or comment.is_deleted:
        raise errors.no_private_reply()
    post = posts.post(world.store, comment.post)
    is_over = post is not None and post.is_broadcast and not post.is_live
    if comment.person is None or is_over or world.clock.now() - comment.at > PRIVATE_REPLY_MS:
        raise errors.no_private_reply()
    return comment


def _private(world: World, account: Account, comment: Comment, mid: str, text: str | None) -> Message:
    person = people.identity(world.store, account.user_id, comment.person or "")
    if person is None or not posts.answer_privately(world.store, comment.id, mid):
        raise errors.no_private_reply()
    message = Message(
        mid=mid,
        account=account.user_id,
        igsid=person.igsid,
        direction="out",
        via="private_reply",
        at=world.clock.tick(),
        text=text,
        comment_id=comment.id,
    )
    messages.add(world.store, message)
    return message
