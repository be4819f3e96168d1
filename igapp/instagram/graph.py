"""The Graph API's client: one call in, one answer or one CallFailed out (META 4, 5, 6, 8).

Calls are made outside transactions, take 7 s at most, and never follow a redirect or a paging address.
"""

import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import requests
import urllib3
from flask import current_app
from requests.auth import AuthBase

from igapp.config import Config
from igapp.instagram import errors, tolerant, usage
from igapp.instagram.usage import Usage

CONNECT_SECONDS = 2.5
"""Until a connection must stand."""
READ_SECONDS = 3.5
"""Between two pieces of an answer."""
TOTAL_SECONDS = 6.5
"""No call takes longer, so that every process stops in time."""
LARGEST_ANSWER = 8 * 1024 * 1024
"""Bytes of an answer that are read."""
PIECE_BYTES = 65536
"""Bytes read at a time."""

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """What Meta said, and how much of its allowance is used."""

    body: Json
    usage: Usage | None

    def rows(self, name: str = "data") -> list[Json]:
        """Return the objects of a list."""
        return [tolerant.mapping(row) for row in tolerant.listed(self.body.get(name))]


class Bearer(AuthBase):
    """The token goes into a header, never into an address that a log would keep."""

    def __init__(self, token: str) -> None:
        self.token = token

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        prepared.headers["Authorization"] = f"Bearer {self.token}"
        return prepared


class Graph:
    """The Graph API of one configuration; connections are kept, one pool per process."""

    def __init__(self, config: Config) -> None:
        self.base_url = config.graph_base_url
        self.version = config.graph_version
        self.session = requests.Session()

    def get(self, token: str, path: str, **params: str | int) -> Answer:
        """Read a node or an edge."""
        return self.call("GET", self.address(path), token=token, params=params)

    def post(self, token: str, path: str, json: Json | None = None, **params: str | int) -> Answer:
        """Change something; the answer may be lost (OutcomeUnknown)."""
        return self.call("POST", self.address(path), token=token, params=params, json=json)

    def delete(self, token: str, path: str) -> Answer:
        """Delete a node."""
        return self.call("DELETE", self.address(path), token=token)

    def address(self, path: str) -> str:
        """Return the address of a path; the token endpoints alone carry no version."""
        return f"{self.base_url}/{self.version}/{path}"

    def call(self, method: str, url: str, token: str | None = None, **what: Any) -> Answer:
        """Make one call; raises CallFailed."""
        deadline = time.monotonic() + TOTAL_SECONDS
        try:
            with self.session.request(
                method, url, auth=Bearer(token) if token else no_auth, timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False, stream=True, **what,
            ) as response:  # fmt: skip
                body, used = _json(response, deadline), usage.of_headers(response.headers)
                failure = errors.of_answer(response.status_code, body, used)
        except requests.RequestException as error:
            raise (errors.NeverLeft() if never_left(error) else errors.OutcomeUnknown()) from error
        if failure is not None:
            raise failure
        return Answer(body, used)


def client() -> Graph:
    """Return the current app's client."""
    extensions = current_app.extensions
    if "graph" not in extensions:
        extensions["graph"] = Graph(extensions["config"])
    found: Graph = extensions["graph"]
    return found


def node(platform_id: str | None) -> str:
    """Return an id as a part of a path: whatever it holds, it leads nowhere else."""
    return quote(platform_id or "", safe="")


def never_left(error: requests.RequestException) -> bool:
    """Tell whether the request surely never reached anybody: no connection, or no valid certificate."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    unmade = (
        urllib3.exceptions.NewConnectionError,
        urllib3.exceptions.ConnectTimeoutError,
        ssl.SSLCertVerificationError,
    )
    return any(isinstance(cause, unmade) for cause in _causes(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what it wraps, which each library keeps in another place."""
    while error is not None:
        yield error
        reason = getattr(error, "reason", None)
        wrapped = [one for one in (reason, *error.args) if isinstance(one, BaseException)]
        error = wrapped[0] if wrapped else error.__cause__


def pieces(response: requests.Response) -> Iterator[bytes]:
    """Yield an answer's body as it comes, without waiting until a piece is full; raises RequestException."""
    try:
        while piece := response.raw.read1(PIECE_BYTES, decode_content=True):
            yield piece
    except urllib3.exceptions.HTTPError as error:
        raise requests.ConnectionError(error) from error


def no_auth(prepared: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keep the library from taking somebody's password from a file."""
    return prepared


def _json(response: requests.Response, deadline: float) -> Json:
    """Read an answer's JSON object; empty for anything else."""
    raw = b"".join(_pieces(response, deadline))
    try:
        return tolerant.mapping(tolerant.loads(raw))
    except ValueError:
        return {}


def _pieces(response: requests.Response, deadline: float) -> Iterator[bytes]:
    size = 0
    for piece in pieces(response):
        size += len(piece)
        if size > LARGEST_ANSWER or time.monotonic() > deadline:
            raise requests.ReadTimeout
        yield piece
