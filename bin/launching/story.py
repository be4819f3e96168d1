"""Lets the sandbox know what the demo data tell, so that their customers can be answered there."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import requests

from launching.processes import ROOT

STORY = ROOT / "igapp" / "demo" / "story.json"
CAST = ROOT / "igapp" / "sandbox" / "cast.json"
SPAN = re.compile(r"(\d+)([dhm])")
UNITS = {"d": "days", "h": "hours", "m": "minutes"}
KINDS = {
    "says": "text",
    "mentions": "story_mention",
    "comments": "comment",
    "replies": "app_message",
    "echo": "app_message",
}
"""What happened on Instagram, of all that the demo tells."""

Json = dict[str, Any]


def tell(sandbox_url: str) -> None:
    """Tell an empty sandbox the demo's story, of which it then tells nobody."""
    if requests.get(f"{sandbox_url}/_sandbox/messages", timeout=10).json():
        return
    told = {"events": list(_events()), "deliver": "none"}
    requests.post(f"{sandbox_url}/_sandbox/events", json=told, timeout=30).raise_for_status()


def _events() -> Iterator[Json]:
    story, cast = json.loads(STORY.read_text("utf-8")), json.loads(CAST.read_text("utf-8"))
    posts = {post["key"]: post["id"] for post in cast["posts"]}
    identities = {person["key"]: person["identities"] for person in cast["people"]}
    for customer in story["customers"]:
        igsid = identities[customer["person"]][customer["account"]]["igsid"]
        for number, (ago, verb, *words) in enumerate(customer["steps"], 1):
            if verb in KINDS:
                yield _event(customer, KINDS[verb], ago, words, posts) | _id(verb, f"demo-{igsid}-{number}")


def _event(customer: Json, kind: str, ago: str, words: list[str], posts: dict[str, str]) -> Json:
    seconds = timedelta(**{UNITS[unit]: int(number) for number, unit in SPAN.findall(ago)}).total_seconds()
    event = {"kind": kind, "account": customer["account"], "person": customer["person"], "ago_seconds": seconds}
    if kind == "comment":
        event["post"] = posts[words[0]]
    if words:
        event["text"] = words[-1]
    return event | {"silent": True}


def _id(verb: str, platform_id: str) -> Json:
    return {"new_comment" if verb == "comments" else "new_mid": platform_id}
