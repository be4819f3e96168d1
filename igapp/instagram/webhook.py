"""Meta's door: the handshake, and deliveries, which are answered 200 once their events are stored (SPEC 2.1).

Nobody is signed in here and nothing limits the rate: the signature is the only key.
"""

import hmac
import logging
import re
import secrets
import time

from flask import Blueprint, Response, current_app, g, request
from prometheus_client import Counter
from sqlalchemy.exc import SQLAlchemyError

from igapp import utc
from igapp.config import Config
from igapp.instagram import lanes, ledger, signature

log = logging.getLogger(__name__)

LARGEST_BODY = 64 * 1024 * 1024
"""Bytes; Meta puts at most 1000 events into a delivery."""
CHALLENGE = re.compile(r"[A-Za-z0-9_.-]{1,200}")
"""What we echo to Meta, and nothing that a browser could take for a page."""

DELIVERIES = Counter("igapp_deliveries", "Deliveries at the webhook, by answer.", ["answer"])
EVENTS = Counter("igapp_events_received", "Events stored, and events that had been stored before.", ["kind"])

blueprint = Blueprint("webhook", __name__)


@blueprint.get("/webhooks/instagram")
def handshake() -> Response:
    """Prove to Meta that the address is ours (GET with hub.mode, hub.verify_token, hub.challenge)."""
    asked, config = request.args, _config()
    is_right = hmac.compare_digest(asked.get("hub.verify_token", "").encode(), config.instagram_verify_token.encode())
    challenge = asked.get("hub.challenge", "")
    if asked.get("hub.mode") != "subscribe" or not is_right or not CHALLENGE.fullmatch(challenge):
        return Response(status=403)
    return Response(challenge, mimetype="text/plain")


@blueprint.post("/webhooks/instagram")
def deliver() -> Response:
    """Store what Meta delivers: 200 once it is safe, 403 unsigned, 503 so that Meta tries again."""
    began = time.perf_counter()
    request.max_content_length = LARGEST_BODY
    raw = request.get_data(cache=False)
    if not signature.is_valid(raw, request.headers.get("X-Hub-Signature-256"), _config().instagram_app_secrets):
        return _answer(403)
    request_id = g.get("request_id") or secrets.token_hex(8)
    try:
        receipt = ledger.record(raw, request_id, utc.now())
    except SQLAlchemyError as error:
        log.warning("delivery_not_stored request=%s error=%s", request_id, type(error).__name__)
        return _answer(503)
    lanes.wake(receipt.lanes)
    _note(receipt, request_id, began)
    return _answer(200)


def _note(receipt: ledger.Receipt, request_id: str, began: float) -> None:
    EVENTS.labels("new").inc(receipt.received)
    EVENTS.labels("again").inc(receipt.duplicates)
    took = (time.perf_counter() - began) * 1000
    log.info(
        "delivery_stored request=%s events=%d duplicates=%d ms=%.1f",
        request_id, receipt.received, receipt.duplicates, took,
    )  # fmt: skip


def _answer(status: int) -> Response:
    DELIVERIES.labels(str(status)).inc()
    return Response(status=status, mimetype="text/plain")


def _config() -> Config:
    config: Config = current_app.extensions["config"]
    return config
