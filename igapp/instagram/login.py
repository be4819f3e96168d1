"""Business Login: Instagram's authorise page, the code that it sends back, a token of 60 days (META 9.1 to 9.3)."""

import logging
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from flask import current_app

from igapp import utc
from igapp.config import Config
from igapp.instagram import errors, graph, tokens
from igapp.instagram import tolerant as read
from igapp.instagram.graph import Json

log = logging.getLogger(__name__)

SCOPES = {
    "instagram_business_basic": "see the profile",
    "instagram_business_manage_messages": "read and answer messages",
    "instagram_business_manage_comments": "read and answer comments",
}
"""What we ask for, and what each is for."""
CALLBACK = "/instagram/callback"


class CodeRefused(errors.Refused):
    """The code was used before, is older than an hour, or is none."""

    sentence = "Instagram did not accept the sign-in: it may have been used already. Start again."


class ScopesMissing(errors.Refused):
    """Something was unticked on Instagram's page."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__()
        needed = ", ".join(SCOPES[scope] for scope in missing)
        self.sentence = f"The account did not allow us to: {needed}. Connect it again and leave everything ticked."


@dataclass(frozen=True)
class Permit:
    """What a log-in brought: a token, until when, for what."""

    token: str
    expires_at: datetime | None
    permissions: list[str] | None
    """None: Instagram did not say."""


def address(state: str) -> str:
    """Return the authorise page; `state` comes back and must be ours."""
    config = _config()
    asked = {
        "client_id": config.instagram_app_id,
        "redirect_uri": _redirect_uri(config),
        "response_type": "code",
        "scope": ",".join(SCOPES),
        "state": state,
        "force_reauth": "true",
    }
    return f"{config.oauth_base_url}/oauth/authorize?{urlencode(asked)}"


def permit(code: str, now: datetime) -> Permit:
    """Exchange the code, which works once, for a long token; raises CallFailed."""
    secret, granted = _short(code.removesuffix("#_"))
    permissions = _permissions(granted)
    missing = [scope for scope in SCOPES if permissions is not None and scope not in permissions]
    if missing:
        raise ScopesMissing(missing)
    short = read.text(granted.get("access_token"))
    if short is None:
        raise CodeRefused
    return _long(short, secret, permissions, now)


def _short(code: str) -> tuple[str, Json]:
    """Return the short token's answer, and the secret that was right: two may be valid while one is rotated."""
    config = _config()
    for secret in config.instagram_app_secrets:
        form = {
            "client_id": config.instagram_app_id,
            "client_secret": secret,
            "grant_type": "authorization_code",
            "redirect_uri": _redirect_uri(config),
            "code": code,
        }
        try:
            answer = graph.client().call("POST", f"{config.oauth_api_base_url}/oauth/access_token", data=form)
        except errors.NeverLeft:
            raise
        except errors.CallFailed as error:
            log.warning("code_not_exchanged error=%s", type(error).__name__)
            continue
        wrapped = answer.rows()
        return secret, wrapped[0] if wrapped else answer.body
    raise CodeRefused


def _long(short: str, secret: str, permissions: list[str] | None, now: datetime) -> Permit:
    client = graph.client()
    asked = {"grant_type": "ig_exchange_token", "client_secret": secret, "access_token": short}
    answer = client.call("GET", f"{client.base_url}/access_token", params=asked)
    token, seconds = read.text(answer.body.get("access_token")), tokens.lives(answer.body)
    if token is None:
        raise CodeRefused
    return Permit(token, now + utc.seconds(seconds) if seconds else None, permissions)


def _permissions(granted: Json) -> list[str] | None:
    """Return what was allowed: a list, or words with commas between them; None where nothing is said of it."""
    told = granted.get("permissions")
    if told is None:
        return None
    names = told.split(",") if isinstance(told, str) else read.listed(told)
    return [name.strip() for name in names if isinstance(name, str) and name.strip()]


def _redirect_uri(config: Config) -> str:
    return config.public_url + CALLBACK


def _config() -> Config:
    config: Config = current_app.extensions["config"]
    return config
