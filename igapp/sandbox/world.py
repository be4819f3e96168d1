"""What every room of the sandbox works with, and where a request finds it."""

from dataclasses import dataclass
from typing import cast

from flask import current_app

from igapp.sandbox import cast as the_cast
from igapp.sandbox.clock import Clock
from igapp.sandbox.config import Settings
from igapp.sandbox.faults import Faults
from igapp.sandbox.rates import Rates
from igapp.sandbox.store import Store
from igapp.sandbox.webhooks.sender import Sender


@dataclass
class Target:
    """Where webhooks go and what signs them; tests may point it elsewhere while it runs."""

    webhook_url: str
    secret: str
    verify_token: str

    def point_back(self, settings: Settings) -> None:
        """Where the environment says."""
        self.webhook_url = settings.webhook_url
        self.secret = settings.signing_secret
        self.verify_token = settings.verify_token


@dataclass
class World:
    """The platform in a box. `base` is its own public address, for media and paging links."""

    settings: Settings
    store: Store
    clock: Clock
    faults: Faults
    target: Target
    sender: Sender
    base: str
    rates: Rates

    def reset(self, *, subscribed: bool = True) -> None:
        """Everybody forgets everything; the cast takes its places again."""
        self.sender.forget()
        self.faults.reset()
        self.target.point_back(self.settings)
        self.clock.move(0)
        self.rates.clear()
        self.store.empty()
        the_cast.load(self.store, self.clock, subscribed=subscribed)

    def stop(self) -> None:
        self.sender.stop()
        self.store.close()


def build(settings: Settings) -> World:
    store, clock = Store(settings.database), Clock()
    if not store.value("SELECT count(*) FROM accounts"):
        the_cast.load(store, clock)
    target = Target(settings.webhook_url, settings.signing_secret, settings.verify_token)
    sender = Sender(store, lambda: (target.webhook_url, target.secret))
    return World(settings, store, clock, Faults(), target, sender, settings.url, Rates())


def here() -> World:
    """The world of the application that answers the current request."""
    return cast(World, current_app.extensions["sandbox"])
