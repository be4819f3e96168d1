"""The door to Meta: the only room that knows its JSON, its URLs and its moods."""

from flask import Flask


def register(app: Flask) -> None:
    """Open the webhook, and lend the settings pages what connects accounts."""
    from igapp.instagram import connect, webhook

    app.register_blueprint(webhook.blueprint)
    app.extensions["connector"] = connect.Connector()
