"""The buttons of the page: each lets something happen, and says what, with or without script."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from igapp.sandbox import callbacks, people
from igapp.sandbox.events import happen as happening
from igapp.sandbox.events.kinds import Impossible
from igapp.sandbox.page import HOUR, Scene, blueprint, scene_of
from igapp.sandbox.world import World, here

CROWD = 30


def played(verb: Callable[[World, Scene], str]) -> Callable[[], AnyResponse]:
    """A button of the page: answers what happened in words; without script, leads back."""

    @wraps(verb)
    def view() -> AnyResponse:
        scene = scene_of(here())
        try:
            said, status = verb(here(), scene), HTTPStatus.OK
        except (Impossible, ValueError) as error:
            said, status = str(error).capitalize() + ".", HTTPStatus.UNPROCESSABLE_ENTITY
        if request.headers.get("Accept") == "text/plain":
            return Response(said, status, content_type="text/plain; charset=utf-8")
        where = urlencode({**scene.query, "said": said})
        return redirect(f"{url_for('page.show')}?{where}", HTTPStatus.SEE_OTHER)

    return view


@blueprint.post("/play/events")
@played
def act(world: World, scene: Scene) -> str:
    wish: dict[str, Any] = {name: value for name, value in request.form.items() if value and name != "deliver"}
    happening.happen(world, [{**scene.query, **wish}])
    return ""


@blueprint.post("/play/crowd")
@played
def crowd(world: World, scene: Scene) -> str:
    """Thirty people write at the same moment, in one body."""
    everybody = people.of_account(world.store, scene.account.user_id, CROWD)
    wishes = [
        {
            "account": scene.account.username,
            "person": everybody[number % len(everybody)].person,
            "text": f"Hello! Message {number + 1} of {CROWD}.",
        }
        for number in range(CROWD)
    ]
    happening.happen(world, wishes, deliver=request.form.get("deliver", "one-body"))
    return f"{CROWD} messages are on their way."


@blueprint.post("/play/people")
@played
def invite(world: World, scene: Scene) -> str:
    username = request.form.get("username", "").strip().lstrip("@")
    if not username or people.identity(world.store, scene.account.user_id, username):
        raise Impossible("that person needs a username of their own")
    person = {"username": username, "name": request.form.get("name") or None}
    flags = {flag: flag in request.form for flag in ("is_verified", "follows_us")}
    people.add(world.store, {**person, **flags, "followers": int(request.form.get("followers") or 0)})
    return f"{username} is here: choose them under “Who are you?”."


@blueprint.post("/play/faults")
@played
def switch(world: World, scene: Scene) -> str:
    fault = world.faults.get(request.form["fault"])
    changed = world.faults.set(fault.name, not fault.on)
    return f"{fault.label}: {'on' if changed.on else 'off'}."


@blueprint.post("/play/callbacks")
@played
def call_back(world: World, scene: Scene) -> str:
    kind = request.form["kind"]
    about = {"account": scene.account.user_id}
    if request.form.get("about") == "person":
        about["person"] = scene.person.person
    answer = callbacks.trigger(world, kind, about)
    return f"{kind}: {answer['status'] or 'no answer'} {answer['body'][:300]}"


@blueprint.post("/play/clock")
@played
def jump(world: World, scene: Scene) -> str:
    seconds = float(request.form["seconds"])
    world.clock.move(world.clock.offset_seconds + seconds if seconds else 0)
    return f"The platform's clock is {world.clock.offset_seconds / HOUR:.0f} hours ahead."


@blueprint.post("/play/reset")
@played
def reset(world: World, scene: Scene) -> str:
    world.reset()
    return "Everything starts again."
