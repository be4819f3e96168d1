"""The sandbox's settings, read once from the environment. Nothing here is secret outside a machine."""

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Where the sandbox keeps its state, where it is reached, and whom it plays Instagram for."""

    database: str
    url: str
    product_url: str
    webhook_url: str
    app_id: str
    app_secret: str
    verify_token: str

    @property
    def signing_secret(self) -> str:
        """The first of the comma-separated secrets signs, as a rotation would have it."""
        return self.app_secret.split(",")[0].strip()


def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings with a default for everything, so that the sandbox starts with no environment."""
    read = (os.environ if environment is None else environment).get
    product_url = (read("SANDBOX_PRODUCT_URL") or "http://localhost:5000").rstrip("/")
    return Settings(
        database=read("SANDBOX_DB") or ":memory:",
        url=(read("SANDBOX_URL") or "").rstrip("/"),
        product_url=product_url,
        webhook_url=read("SANDBOX_WEBHOOK_URL") or f"{product_url}/webhooks/instagram",
        app_id=read("INSTAGRAM_APP_ID") or "1000000000000001",
        app_secret=read("INSTAGRAM_APP_SECRET") or "sandbox-app-secret",
        verify_token=read("INSTAGRAM_VERIFY_TOKEN") or "sandbox-verify-token",
    )
