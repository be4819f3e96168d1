"""Where a web address from outside really leads: to which server, and whether that is Meta's. Asks nobody."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

META_HOSTS = ("fbsbx.com", "fbcdn.net", "cdninstagram.com")
"""Meta's CDNs; they serve from these and from all hosts below them (CONTRACT)."""
HTTPS = (None, 443)

_ODD = re.compile(r"[\x00-\x20\x7f-\xa0\\\s]")
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*")


@dataclass(frozen=True)
class Server:
    """Who is asked, and how."""

    scheme: str
    host: str
    port: int | None

    @property
    def is_metas(self) -> bool:
        """Whether it is one of Meta's CDNs, asked over TLS."""
        is_below = any(self.host == one or self.host.endswith(f".{one}") for one in META_HOSTS)
        is_name = _HOST.fullmatch(self.host) is not None
        return is_below and is_name and self.scheme == "https" and self.port in HTTPS


def server(url: str | None) -> Server | None:
    """Return the server that an address names; None where two programs could read it as two servers.

    A backslash ends the host for some and belongs to it for others; white space is dropped by some; a name before
    an @ looks like the host.
    """
    if not url or _ODD.search(url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    host = (parts.hostname or "").rstrip(".")
    return Server(parts.scheme, host, port) if host and "@" not in parts.netloc else None
