"""Who else is on a profile: pages say that they are there by asking who is (SPEC 6.11). Kept in Redis for seconds."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template, request
from redis import Redis
from redis.exceptions import RedisError

from igapp import bell, redislink, utc
from igapp.desk import profiles
from igapp.models import Role
from igapp.web import guards

bp = Blueprint("viewing", __name__)

VIEWING_SECONDS = 14
"""A page asks every 10 s; who was not heard from for longer has left."""
TYPING_SECONDS = 5
"""How long somebody counts as typing after a key."""


@dataclass(frozen=True)
class Viewer:
    """A teammate who has the same profile open."""

    name: str
    is_typing: bool


@bp.get("/customers/<int:customer_id>/viewers")
@guards.may(Role.AGENT)
def show(customer_id: int) -> str:
    """Who else is here; whoever asks is here."""
    me = guards.me()
    try:
        _say(redislink.quick(), customer_id, me.id, is_typing="typing" in request.args)
        found = _others(redislink.quick(), customer_id, me.id)
    except RedisError:
        found = ()
    return render_template("customers/_viewers.html", customer_id=customer_id, viewers=found)


def _say(redis: Redis, customer_id: int, user_id: int, is_typing: bool) -> None:
    """Remember that a user is here; teammates are told when that is news."""
    now = utc.now().timestamp()
    with redis.pipeline(transaction=False) as pipeline:
        pipeline.zscore(_viewing(customer_id), str(user_id))
        pipeline.zscore(_typing(customer_id), str(user_id))
        pipeline.zadd(_viewing(customer_id), {str(user_id): now + VIEWING_SECONDS})
        pipeline.expire(_viewing(customer_id), VIEWING_SECONDS)
        if is_typing:
            pipeline.zadd(_typing(customer_id), {str(user_id): now + TYPING_SECONDS})
            pipeline.expire(_typing(customer_id), TYPING_SECONDS)
        was_here, was_typing, *_rest = pipeline.execute()
    if (was_here or 0) < now or (is_typing and (was_typing or 0) < now):
        bell.ring_at_once(f"viewing:{customer_id}")


def _others(redis: Redis, customer_id: int, user_id: int) -> Sequence[Viewer]:
    now = utc.now().timestamp()
    with redis.pipeline(transaction=False) as pipeline:
        pipeline.zrangebyscore(_viewing(customer_id), now, "+inf")
        pipeline.zrangebyscore(_typing(customer_id), now, "+inf")
        here, typing = ({int(one) for one in found} for found in pipeline.execute())
    names = profiles.names(here - {user_id})
    return [Viewer(name, number in typing) for number, name in sorted(names.items(), key=lambda pair: pair[1])]


def _viewing(customer_id: int) -> str:
    return f"viewing:{customer_id}"


def _typing(customer_id: int) -> str:
    return f"typing:{customer_id}"
