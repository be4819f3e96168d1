"""Instagram's authorise page: who you are, what you allow, and back with a code."""

from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from igapp.sandbox import people, tokens
from igapp.sandbox.headers import Policy
from igapp.sandbox.world import here

blueprint = Blueprint("oauth", __name__)
SCOPE_WORDS = {
    "instagram_business_basic": "See the profile and the posts",
    "instagram_business_manage_messages": "Read and answer messages",
    "instagram_business_manage_comments": "Read and answer comments",
    "instagram_business_content_publish": "Publish posts",
    "instagram_business_manage_insights": "See insights",
}
DENIED = {
    "error": "access_denied",
    "error_reason": "user_denied",
    "error_description": "The user denied your request",
}


@blueprint.get("/oauth/authorize")
def ask() -> AnyResponse:
    """The consent page, or a plain page that says what is wrong with the request."""
    if wrong := _wrong():
        return make_response(render_template("refused.html", reason=wrong), HTTPStatus.BAD_REQUEST)
    scopes = {scope: SCOPE_WORDS[scope] for scope in _scopes()}
    page = render_template("authorize.html", scopes=scopes, accounts=people.accounts(here().store))
    response = make_response(page)
    Policy().allow_forms_to(_origin(request.args["redirect_uri"])).write(response)
    return response


@blueprint.post("/oauth/authorize")
def answer() -> AnyResponse:
    if wrong := _wrong():
        return make_response(render_template("refused.html", reason=wrong), HTTPStatus.BAD_REQUEST)
    account = people.account(here().store, request.form.get("account", ""))
    if request.form.get("decision") != "allow" or account is None:
        return _back(DENIED)
    allowed = [scope for scope in _scopes() if scope in request.form.getlist("scope")]
    code = tokens.give_code(here(), account.user_id, request.args["redirect_uri"], allowed)
    return _back({"code": code}, fragment="#_")


def _wrong() -> str | None:
    asked = request.args
    if asked.get("client_id") != here().settings.app_id:
        return "Invalid platform app: no app has this client_id."
    if asked.get("response_type") != "code":
        return "Invalid response_type: it must be code."
    if urlsplit(asked.get("redirect_uri", "")).scheme not in ("http", "https"):
        return "Invalid redirect_uri: it must be a web address."
    unknown = [scope for scope in _scopes() if scope not in SCOPE_WORDS]
    return f"Invalid scope: {', '.join(unknown)}." if unknown or not _scopes() else None


def _scopes() -> list[str]:
    return request.args.get("scope", "").replace(" ", ",").split(",") if request.args.get("scope") else []


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _back(parameters: dict[str, str], fragment: str = "") -> AnyResponse:
    """To the product, with its `state` as it was."""
    if state := request.args.get("state"):
        parameters = {**parameters, "state": state}
    address = request.args["redirect_uri"]
    joined = "&" if urlsplit(address).query else "?"
    return redirect(f"{address}{joined}{urlencode(parameters)}{fragment}", HTTPStatus.FOUND)
