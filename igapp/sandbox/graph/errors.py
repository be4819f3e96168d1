"""Refusals in the words and numbers of Meta."""

from http import HTTPStatus
from typing import Any

from igapp.sandbox import ids


class GraphError(Exception):
    """An error object of the Graph API. Callers should read code and subcode, never the message."""

    def __init__(
        self,
        message: str,
        code: int,
        subcode: int | None = None,
        status: int = HTTPStatus.BAD_REQUEST,
        *,
        kind: str = "IGApiException",
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = int(status)
        self.code = code
        error: dict[str, Any] = {"message": message, "type": kind, "code": code}
        if subcode is not None:
            error["error_subcode"] = subcode
        self.body = {"error": {**error, **more, "fbtrace_id": ids.trace()}}


def bad_token(message: str = "Invalid OAuth access token - Cannot parse access token") -> GraphError:
    return GraphError(message, 190, kind="OAuthException")


def expired_token() -> GraphError:
    message = "Error validating access token: Session has expired. Please log in again."
    return GraphError(message, 190, 463, kind="OAuthException")


def revoked_token() -> GraphError:
    message = "Error validating access token: The user has not authorized application."
    return GraphError(message, 190, 458, kind="OAuthException")


def no_permission(scope: str) -> GraphError:
    message = f"(#10) Application does not have permission for this action: {scope}"
    return GraphError(message, 10, status=HTTPStatus.FORBIDDEN, kind="OAuthException")


def not_there(node: str) -> GraphError:
    message = (
        f"Unsupported get request. Object with ID '{node}' does not exist, cannot be loaded due to"
        " missing permissions, or does not support this operation."
    )
    return GraphError(message, 100, 33)


def unsupported(method: str) -> GraphError:
    return GraphError(f"Unsupported request - method type: {method.lower()}", 100)


def unknown_path(path: str) -> GraphError:
    return GraphError(f"Unknown path components: {path}", 2500)


def bad_parameter(message: str, subcode: int | None = None) -> GraphError:
    return GraphError(f"(#100) {message}", 100, subcode, kind="OAuthException")


def no_such_field(field: str, node: str) -> GraphError:
    return bad_parameter(f"Tried accessing nonexisting field ({field}) on node type ({node})")


def unknown_user() -> GraphError:
    return GraphError("The requested user cannot be found.", 100, 2534014)


def person_unavailable() -> GraphError:
    return GraphError("(#551) This person isn't available right now.", 551, 1545041)


def outside_window() -> GraphError:
    message = "(#10) This message is sent outside of allowed window."
    return GraphError(message, 10, 2534022, HTTPStatus.FORBIDDEN)


def human_agent_refused() -> GraphError:
    message = "(#10) The Human Agent feature has not been approved for this app."
    return GraphError(message, 10, status=HTTPStatus.FORBIDDEN)


def no_private_reply() -> GraphError:
    return GraphError("The comment is invalid for a private reply.", 100, 2534025)


def no_multi_image() -> GraphError:
    message = "The requested feature isn't available yet. Please check back later."
    return GraphError(message, 2, 2534068, is_transient=True)


def upload_failed() -> GraphError:
    return GraphError("(#100) Upload attachment failure.", 100, 2018047)


def no_consent() -> GraphError:
    message = "(#230) User consent is required to access user profile."
    return GraphError(message, 230, status=HTTPStatus.FORBIDDEN)


def temporary(status: int) -> GraphError:
    message = "Service temporarily unavailable"
    return GraphError(message, 2, 1545133, status, kind="OAuthException", is_transient=True)


def too_many(code: int) -> GraphError:
    words = {
        4: "(#4) Application request limit reached",
        17: "(#17) User request limit reached",
        32: "(#32) Page request limit reached",
        613: "(#613) Calls to this api have exceeded the rate limit.",
        80002: "(#80002) There have been too many calls to this Instagram account.",
    }
    message = words.get(code, f"(#{code}) Too many calls")
    return GraphError(message, code, kind="OAuthException", is_transient=True)
