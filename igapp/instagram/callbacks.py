"""Meta's callbacks about an account: the app was removed, or its data are to be deleted (META 9.5)."""

import base64
import binascii
import hashlib
import hmac
import json
import logging
from collections.abc import Iterable

from flask import Blueprint, Response, current_app, jsonify, request

from igapp import db, utc
from igapp.config import Config
from igapp.desk import connections, erasures
from igapp.instagram import tolerant as read

log = logging.getLogger(__name__)

blueprint = Blueprint("callbacks", __name__)

LARGEST_REQUEST = 10_000
"""Characters of a signed request; real ones have about 200."""


class NotSigned(Exception):
    """The request was not signed by one of the app's secrets, or is none."""


@blueprint.post("/instagram/deauthorize")
def deauthorize() -> Response:
    """The business removed the app: the token is destroyed, history stays, nothing is sent any more."""
    try:
        user_id = _asked()
    except NotSigned:
        return Response(status=403, mimetype="text/plain")
    account = connections.named([user_id])
    if account is not None:
        connections.disconnect(account, utc.now())
        log.info("account_deauthorized account=%d", account.id)
    db.commit()
    return Response(status=200, mimetype="text/plain")


@blueprint.post("/instagram/data-deletion")
def delete() -> Response:
    """Begin to delete an account or a customer; the answer says where its progress can be read."""
    try:
        user_id = _asked()
    except NotSigned:
        return Response(status=403, mimetype="text/plain")
    erasure = erasures.asked_by_meta(user_id, utc.now())
    code = erasure.code
    db.commit()
    log.info("deletion_asked erasure=%d kind=%s", erasure.id, erasure.kind)
    return jsonify(url=f"{_config().public_url}/instagram/data-deletion/{code}", confirmation_code=code)


def opened(signed_request: str, secrets: Iterable[str]) -> str:
    """Return whom a signed request names; the signature is over the encoded payload. Raises NotSigned."""
    signature, dot, payload = signed_request.partition(".")
    if not dot or len(signed_request) > LARGEST_REQUEST:
        raise NotSigned
    given = _decoded(signature)
    answers = [hmac.compare_digest(given, _sign(payload, secret)) for secret in secrets]
    if not any(answers):
        raise NotSigned
    try:
        facts = json.loads(_decoded(payload))
    except ValueError:
        raise NotSigned from None
    user_id = read.identifier(facts.get("user_id")) if isinstance(facts, dict) else None
    if user_id is None:
        raise NotSigned
    return user_id


def _asked() -> str:
    return opened(request.form.get("signed_request", ""), _config().instagram_app_secrets)


def _sign(payload: str, secret: str) -> bytes:
    return hmac.new(secret.encode(), payload.encode(), hashlib.sha256).digest()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise NotSigned from None


def _config() -> Config:
    config: Config = current_app.extensions["config"]
    return config
