"""A stand-in for Instagram: its Graph API, its log-in, its webhooks, and a page to play customers.

It knows nothing of the product, which cannot tell it from Meta: only the base URLs differ.
"""

from flask import Flask, request

from igapp.sandbox import cdn, config, control, oauth, page, play, world
from igapp.sandbox.graph import accounts, blueprint, calls, comments, conversations, nodes, sending, tokens
from igapp.sandbox.versions import WithoutVersion

ROOMS = (play, calls, accounts, sending, comments, conversations, tokens, nodes)


def create_app(settings: config.Settings | None = None) -> Flask:
    """The whole sandbox as one application; settings come from the environment unless given."""
    app = Flask(__name__)
    app.extensions["sandbox"] = world.build(settings or config.from_environment())
    app.register_blueprint(control.blueprint)
    for room in (page, oauth, cdn):
        app.register_blueprint(room.blueprint)
    app.register_blueprint(blueprint)
    app.before_request(_learn_own_address)
    app.wsgi_app = WithoutVersion(app.wsgi_app)  # type: ignore[method-assign]
    return app


def _learn_own_address() -> None:
    """Without SANDBOX_URL, the address of the first request serves for media and paging links."""
    here = world.here()
    if not here.base:
        here.base = request.host_url.rstrip("/")
