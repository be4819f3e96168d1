"""The page on which a person plays customers and sees what the business does."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, abort, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from igapp.sandbox import looking, people, posts, showing
from igapp.sandbox.headers import Policy
from igapp.sandbox.menu import COMMENTING, MENU
from igapp.sandbox.people import Account, Identity
from igapp.sandbox.world import World, here

blueprint = Blueprint("page", __name__)
VIEWS = ("messages", "comments")
ROWS = 12
MOST_PEOPLE = 40
HOUR, DAY = 3600, 86400
JUMPS = {"An hour": HOUR, "25 hours": 25 * HOUR, "8 days": 8 * DAY, "61 days": 61 * DAY}


@dataclass(frozen=True)
class Scene:
    """Who plays whom: the account written to, the person who writes, and the phone's view."""

    account: Account
    person: Identity
    view: str

    @property
    def query(self) -> dict[str, str]:
        return {"account": self.account.username, "person": self.person.person, "view": self.view}

    @property
    def name(self) -> str:
        return self.person.name or self.person.username


@blueprint.before_request
def only_from_here() -> None:
    """Other sites must not press buttons here."""
    if request.method == "POST" and request.headers.get("Sec-Fetch-Site", "same-origin") not in (
        "same-origin",
        "none",
    ):
        abort(HTTPStatus.FORBIDDEN)


@blueprint.after_request
def protect(response: Response) -> Response:
    Policy().write(response)
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/")
def show() -> str:
    world, scene = here(), scene_of(here())
    known = people.of_account(world.store, scene.account.user_id, MOST_PEOPLE)
    return render_template(
        "page.html",
        scene=scene,
        accounts=people.accounts(world.store),
        people=known,
        posts=[post for post in posts.of_account(world.store, scene.account.user_id) if _open(post)],
        names=[one.name for one in known],
        menu=MENU,
        commenting=COMMENTING,
        jumps=JUMPS,
        said=request.args.get("said"),
        desk=world.settings.product_url,
        **_now(world, scene),
    )


@blueprint.get("/play/now")
def now() -> AnyResponse:
    """Everything on the page that changes by itself."""
    world, scene = here(), scene_of(here())
    response = make_response(render_template("_now.html", scene=scene, **_now(world, scene)))
    response.add_etag()
    return response.make_conditional(request)


def scene_of(world: World) -> Scene:
    """From the query, else the first account and Lena; an unknown one is the first of all."""
    account = people.account(world.store, request.values.get("account", "")) or people.accounts(world.store)[0]
    wanted = request.values.get("person", "lena")
    person = people.identity(world.store, account.user_id, wanted)
    if person is None:
        (person,) = people.of_account(world.store, account.user_id, 1)
    view = request.values.get("view", VIEWS[0])
    return Scene(account, person, view if view in VIEWS else VIEWS[0])


def _now(world: World, scene: Scene) -> dict[str, Any]:
    is_messages, sides = scene.view == "messages", (scene.account, scene.person)
    return {
        "bubbles": showing.bubbles(world, *sides) if is_messages else [],
        "commented": [] if is_messages else showing.threads_of_comments(world, *sides),
        "faults": world.faults.all(),
        "deliveries": looking.last_deliveries(world, ROWS),
        "calls": looking.last_calls(world, ROWS),
        "ahead": world.clock.offset_seconds,
        "subscribed": bool(scene.account.subscribed_fields),
    }


def _open(post: posts.Post) -> bool:
    return post.product_type != "STORY" and (post.is_live or not post.is_broadcast)
