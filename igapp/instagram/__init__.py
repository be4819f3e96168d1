"""The door to Meta: the only room that knows its JSON, its URLs and its moods."""

from flask import Flask


def register(app: Flask) -> None:
    """Open the webhook and the callbacks, and lend the settings pages what connects accounts."""
    from igapp.instagram import callbacks, connect, webhook

    app.register_blueprint(webhook.blueprint)
    app.register_blueprint(callbacks.blueprint)
    app.extensions["connector"] = connect.Connector()
