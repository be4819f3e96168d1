"""Fetches what customers sent, from Meta's hosts alone, under limits, into the media store (SPEC 2.6, X3)."""

import logging
import time
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urljoin

import requests
from flask import current_app

from igapp import addresses, db, storage, utc
from igapp.config import Config
from igapp.desk import media
from igapp.desk.media import Kept, Stored
from igapp.instagram import files, graph
from igapp.models import Attachment, AttachmentKind, MediaState

log = logging.getLogger(__name__)

LARGEST = 25 * 1024 * 1024
"""Bytes; Meta takes no larger video, sound or file (META 4.3)."""
TIMEOUTS = (3.0, 6.0)
"""Seconds to connect, and between two pieces."""
TOTAL_SECONDS = 60
"""How long fetching one file may take."""
REDIRECTS = 3
"""Redirects followed, each checked like the first address (X3)."""
PAUSES = (5, 30, 120, 600, 3600)
"""Seconds until a fetch is tried again; after the last it has failed."""

GONE = "It is no longer on Instagram."
FOREIGN = "It does not lie on Instagram's own hosts, so it was not fetched."
TOO_LARGE = "It is larger than 25 MB, so it was not kept."
UNREACHABLE = "Instagram did not hand it over."


class NotToBeHad(Exception):
    """The file will never be had; `state` says how that is shown."""

    def __init__(self, state: MediaState, sentence: str) -> None:
        super().__init__(sentence)
        self.state = state
        self.sentence = sentence


class NotNow(Exception):
    """The file could not be had this time."""


@dataclass(frozen=True)
class Wanted:
    """What is fetched, taken out of the database before the call."""

    url: str
    kind: AttachmentKind
    attempts: int


@dataclass(frozen=True)
class Had:
    """A file that was fetched, and where it lies."""

    kept: Kept
    stored: Stored


def fetch(attachment_id: int, now: datetime) -> None:
    """Fetch one attachment and keep it; unsent meanwhile, it is dropped."""
    wanted = _wanted(attachment_id)
    db.session().rollback()
    if wanted is None:
        return
    had: Had | NotToBeHad | NotNow
    try:
        had = _had(wanted, now)
    except (NotToBeHad, NotNow) as error:
        had = error
        log.info("media_not_fetched attachment=%d error=%s try=%d", attachment_id, error, wanted.attempts + 1)
    attachment = media.load(attachment_id)
    if attachment is not None and attachment.state == MediaState.WAITING:
        _settle(attachment, had)
    elif isinstance(had, Had):
        media.drop(had.stored)
    db.commit()


def _had(wanted: Wanted, now: datetime) -> Had:
    """Download a file, look at it and store it; raises NotToBeHad or NotNow.

    Whatever goes wrong counts as a try: what is not counted would be fetched every few seconds for ever.
    """
    try:
        kept = _examined(_download(wanted.url), wanted.kind)
        return Had(kept, media.put(kept, now))
    except (NotToBeHad, NotNow):
        raise
    except storage.Unavailable as error:
        raise NotNow(f"not stored: {error}") from error
    except Exception as error:  # by its kind alone: its words may hold an address, which is signed
        raise NotNow(type(error).__name__) from error


def _settle(attachment: Attachment, had: Had | NotToBeHad | NotNow) -> None:
    if isinstance(had, Had):
        media.keep(attachment, had.kept, had.stored)
    elif isinstance(had, NotToBeHad):
        media.lose(attachment, had.state, had.sentence)
    elif attachment.attempts >= len(PAUSES):
        media.lose(attachment, MediaState.FAILED, UNREACHABLE)
    else:
        media.try_again(attachment, UNREACHABLE, utc.now() + utc.seconds(PAUSES[attachment.attempts]))


def is_allowed(url: str) -> bool:
    """Tell whether an address lies on Meta's hosts or on that of the Graph API in use, over its own scheme."""
    config: Config = current_app.extensions["config"]
    server = addresses.server(url)
    if server is None or server != addresses.server(_as_asked(url)):
        return False
    return server.is_metas or server == addresses.server(config.graph_base_url)


def _as_asked(url: str) -> str | None:
    """Return the address as the library that asks has read it; None where it cannot."""
    try:
        return requests.Request("GET", url).prepare().url
    except (requests.RequestException, ValueError):
        return None


def _wanted(attachment_id: int) -> Wanted | None:
    attachment = media.load(attachment_id)
    if attachment is None or attachment.state != MediaState.WAITING or not attachment.url:
        return None
    return Wanted(attachment.url, attachment.kind, attachment.attempts)


def _download(url: str) -> bytes:
    deadline = time.monotonic() + TOTAL_SECONDS
    for _ in range(REDIRECTS + 1):
        if not is_allowed(url):
            raise NotToBeHad(MediaState.FAILED, FOREIGN)
        try:
            with _ask(url) as response:
                if response.is_redirect:
                    url = urljoin(url, response.headers["Location"])
                    continue
                _check(response)
                return _read(response, deadline)
        except requests.RequestException as error:
            raise NotNow(type(error).__name__) from error
    raise NotToBeHad(MediaState.FAILED, UNREACHABLE)


def _ask(url: str) -> requests.Response:
    """Ask without a token: the address is signed, and a token would go to a host that has no need of it."""
    session = graph.client().session
    return session.get(url, auth=graph.no_auth, timeout=TIMEOUTS, allow_redirects=False, stream=True)


def _check(response: requests.Response) -> None:
    if response.status_code in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.FORBIDDEN):
        raise NotToBeHad(MediaState.EXPIRED, GONE)
    if response.status_code not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
        raise NotNow(f"status {response.status_code}")
    if int(response.headers.get("Content-Length") or 0) > LARGEST:
        raise NotToBeHad(MediaState.FAILED, TOO_LARGE)


def _read(response: requests.Response, deadline: float) -> bytes:
    content = bytearray()
    for piece in graph.pieces(response):
        content += piece
        if len(content) > LARGEST:
            raise NotToBeHad(MediaState.FAILED, TOO_LARGE)
        if time.monotonic() > deadline:
            raise NotNow("too slow")
    promised = response.headers.get("Content-Length")
    if promised and not response.headers.get("Content-Encoding") and int(promised) != len(content):
        raise NotNow("cut off")
    return bytes(content)


def _examined(content: bytes, declared: AttachmentKind) -> Kept:
    """Judge a file by its content; what a browser would run is none that we keep."""
    if not content or files.looks_like_a_page(content):
        raise NotToBeHad(MediaState.EXPIRED, GONE)
    found = files.content_type(content, declared)
    kind = files.kind_of(found, declared)
    picture = files.picture(content) if found.startswith("image/") else None
    if found.startswith("image/") and picture is None:
        found, kind = files.UNKNOWN_TYPE, AttachmentKind.FILE
    return Kept(
        kind=kind,
        content_type=found,
        content=content,
        preview=picture.preview if picture else None,
        preview_type="image/jpeg",
        width=picture.width if picture else None,
        height=picture.height if picture else None,
    )
