"""What every response says to the browser: what a page may load, who may frame it, how it came."""

from urllib.parse import urlsplit

from flask import Flask, Response, request

from igapp import addresses
from igapp.config import Config

META_HOSTS = tuple(f"https://*.{host}" for host in addresses.META_HOSTS)
"""Where Instagram keeps pictures and videos; profile pictures and stories are shown from there."""
HSTS_SECONDS = 63_072_000
"""Two years."""

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Frame-Options": "DENY",
}


def init_app(app: Flask, config: Config) -> None:
    """Put the headers on all of the app's responses."""
    policy = content_policy(config)
    is_https = config.public_url.startswith("https:")

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in ALWAYS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Content-Security-Policy", policy)
        if is_https:
            response.headers.setdefault("Strict-Transport-Security", f"max-age={HSTS_SECONDS}")
        if request.endpoint not in ("static", "assets.send"):
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


def content_policy(config: Config) -> str:
    """Return the content security policy: our own files, and media of the hosts that may show them."""
    media = " ".join(("'self'", *META_HOSTS, _origin(config.graph_base_url)))
    rules = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "font-src": "'self'",
        "img-src": media,
        "media-src": media,
        "connect-src": f"'self' {_socket_origin(config.public_url)}",
        "manifest-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _socket_origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}"
