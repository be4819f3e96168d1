"""The door to Meta: the only room that knows its JSON, its URLs and its moods."""

from flask import Flask


def register(app: Flask) -> None:
    """Open the webhook and the callbacks, and lend the settings pages what connects accounts."""
    from igapp.instagram import callbacks, connect, webhook

    app.register_blueprint(webhook.blueprint)
    app.register_blueprint(callbacks.blueprint)
    app.extensions["connector"] = connect.Connector()


def stand_before(app: Flask) -> None:
    """Take deliveries before anything else of the app sees them; call it when everything else is wired."""
    from igapp.instagram import webhook

    app.wsgi_app = webhook.Door(app)  # type: ignore[method-assign]
