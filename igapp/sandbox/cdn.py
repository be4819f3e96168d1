"""The content network: signed files of messages and posts, and the faces of people."""

import io

from flask import Blueprint, Response, abort, redirect, request, send_file
from werkzeug.wrappers import Response as AnyResponse

from igapp.sandbox import assets, making
from igapp.sandbox.world import here

blueprint = Blueprint("cdn", __name__)


@blueprint.get("/ig_messaging_cdn/")
def asset() -> AnyResponse:
    """One file, with ranges. 403 for a wrong signature, 404 once it is gone or its story is over."""
    world = here()
    found = assets.find(world, request.args.get("asset_id", ""), request.args.get("signature", ""))
    if found is None:
        abort(403)
    if found.is_gone or world.faults.strikes("media_gone", "story" if found.is_story else found.kind):
        abort(404)
    if fault := world.faults.strikes("foreign_links", found.kind):
        return redirect(f"{fault.options['host']}/stolen?asset_id={found.id}")
    if found.body is not None:
        return _file(found.content_type or "application/octet-stream", found.body)
    return _file(*making.made(found.kind, int(found.id)))


@blueprint.get("/cdn/avatars/<name>.jpg")
def avatar(name: str) -> AnyResponse:
    return _file("image/jpeg", making.portrait(name))


def _file(content_type: str, body: bytes) -> Response:
    return send_file(io.BytesIO(body), mimetype=content_type, conditional=True, max_age=3600)
