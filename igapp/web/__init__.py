"""The door to people: pages, forms and the socket. Views parse, call one verb of the desk, commit and render."""

from datetime import timedelta
from typing import Any

from flask import Flask
from flask_wtf.csrf import CSRFProtect
from werkzeug.routing import IntegerConverter, Map

from igapp.config import Config
from igapp.web import (
    administration,
    assets,
    auth,
    availability,
    banner,
    blocking,
    composer,
    contacts,
    conversation,
    customer,
    desk,
    errors,
    filters,
    guards,
    headers,
    health,
    items,
    live,
    media,
    merging,
    metrics,
    own,
    picking,
    requests,
    search,
    sending,
    settings,
    socket,
    topics,
    tries,
    uploads,
    viewing,
)
from igapp.web import help as help_page
from igapp.web.presence import Roll
from igapp.web.settings import accounts, workflow

SESSION_DAYS = 14
"""How long someone stays signed in without coming back."""
LARGEST_NUMBER = 2**63 - 1
"""Of a row."""
LARGEST_FORM = 1_000_000
"""Bytes of a form with text alone."""

ROOMS = (
    *(assets, auth, availability, banner, composer, conversation, customer, desk, health, help_page, live, metrics),
    *(blocking, contacts, merging),
    *(items, media, own, picking, search, sending, topics, uploads, viewing, settings, accounts, workflow),
    *administration.ROOMS,
)
"""Modules with a blueprint each."""

SIGNED_BY_META = (
    "igapp.instagram.callbacks.deauthorize",
    "igapp.instagram.callbacks.delete",
)
"""Posts that carry Meta's signature instead of our form token."""


class RowNumber(IntegerConverter):
    """A number in an address that a row may have; with a larger one there is no such page."""

    def __init__(self, url_map: Map, **options: Any) -> None:
        super().__init__(url_map, max=LARGEST_NUMBER, **options)


def register(app: Flask) -> None:
    """Wire everything that people and monitors reach; the order of the hooks is the order of these lines."""
    config: Config = app.extensions["config"]
    _configure(app, config)
    app.url_map.converters["int"] = RowNumber
    requests.init_app(app)
    live.init_app(app)
    guards.init_app(app)
    _protect_forms(app)
    headers.init_app(app, config)
    errors.init_app(app)
    filters.init_app(app)
    assets.init_app(app)
    administration.init_app(app)
    app.extensions["roll"] = Roll(app)
    socket.init_app(app)
    for room in ROOMS:
        app.register_blueprint(room.bp)
    tries.init_app(app)
    _retry_writes(app)


def _configure(app: Flask, config: Config) -> None:
    is_https = config.public_url.startswith("https:")
    app.config.update(
        SESSION_COOKIE_NAME="__Host-session" if is_https else "session",
        SESSION_COOKIE_SECURE=is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=SESSION_DAYS),
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SECRET_KEY=list(reversed(config.secret_keys)),  # the last signs, all are read
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM,
        MAX_CONTENT_LENGTH=uploads.LARGEST_REQUEST,
        RATELIMIT_STORAGE_URI="redis://",
        RATELIMIT_STORAGE_OPTIONS={"connection_pool": app.extensions["quick redis"].connection_pool},
    )


def _retry_writes(app: Flask) -> None:
    writing = {rule.endpoint for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    for endpoint in writing:
        app.view_functions[endpoint] = requests.try_again(app.view_functions[endpoint])


def _protect_forms(app: Flask) -> None:
    protect = CSRFProtect(app)
    for view in SIGNED_BY_META:
        protect.exempt(view)
    app.before_request(requests.refuse_unwritable)
