"""Meta's door: the handshake, and deliveries, which are answered 200 once their events are stored (SPEC 2.1).

Nobody is signed in here and nothing limits the rate: the signature is the only key. So a delivery is taken before the
app looks at it: sessions, form tokens, limits and the headers of pages would cost it more than storing it.
"""

import hmac
import logging
import re
import secrets
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Blueprint, Flask, Response, current_app, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request

from igapp import db, tallies, utc
from igapp.config import Config
from igapp.instagram import lanes, ledger, signature

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

PATH = "/webhooks/instagram"
LARGEST_BODY = 64 * 1024 * 1024
"""Bytes; Meta puts at most 1000 events into a delivery."""
CHALLENGE = re.compile(r"[A-Za-z0-9_.-]{1,200}")
"""What we echo to Meta, and nothing that a browser could take for a page."""

blueprint = Blueprint("webhook", __name__)


@blueprint.get(PATH)
def handshake() -> Response:
    """Prove to Meta that the address is ours (GET with hub.mode, hub.verify_token, hub.challenge)."""
    asked, config = request.args, _config()
    is_right = hmac.compare_digest(asked.get("hub.verify_token", "").encode(), config.instagram_verify_token.encode())
    challenge = asked.get("hub.challenge", "")
    if asked.get("hub.mode") != "subscribe" or not is_right or not CHALLENGE.fullmatch(challenge):
        return Response(status=403)
    return Response(challenge, mimetype="text/plain")


class Door:
    """Takes deliveries; everything else goes on to the app behind it."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._behind: WSGIApplication = app.wsgi_app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "POST" or environ["PATH_INFO"] != PATH:
            return self._behind(environ, start_response)
        with self._app.app_context():
            return _answered(Request(environ))(environ, start_response)


def _answered(delivery: Request) -> Response:
    """Whatever goes wrong is no 200, so that Meta tries again."""
    request_id = secrets.token_hex(8)
    db.start_writing()
    try:
        status = _deliver(delivery, request_id)
    except HTTPException as refused:
        status = refused.code or 400
    except SQLAlchemyError as error:
        log.warning("delivery_not_stored request_id=%s error=%s", request_id, type(error).__name__)
        status = 503
    except Exception:
        log.exception("delivery_failed request_id=%s", request_id)
        status = 500
    tallies.add("deliveries", **{str(status): 1})
    return Response(status=status, headers={"X-Request-Id": request_id}, mimetype="text/plain")


def _deliver(delivery: Request, request_id: str) -> int:
    """Store what Meta delivers: 200 once it is safe, 403 unsigned."""
    began = time.perf_counter()
    delivery.max_content_length = LARGEST_BODY
    raw = delivery.get_data(cache=False)
    if not signature.is_valid(raw, delivery.headers.get("X-Hub-Signature-256"), _config().instagram_app_secrets):
        return 403
    receipt = ledger.record(raw, request_id, utc.now())
    lanes.wake(receipt.lanes)
    _note(receipt, request_id, began)
    return 200


def _note(receipt: ledger.Receipt, request_id: str, began: float) -> None:
    tallies.add("events_received", new=receipt.received, again=receipt.duplicates)
    took = (time.perf_counter() - began) * 1000
    log.info(
        "delivery_stored request_id=%s events=%d duplicates=%d ms=%.1f",
        request_id, receipt.received, receipt.duplicates, took,
    )  # fmt: skip


def _config() -> Config:
    config: Config = current_app.extensions["config"]
    return config
