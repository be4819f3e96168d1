"""How often something secret may be tried: the counter, and what counts as a wrong try."""

from flask import Response, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, headers_enabled=False, swallow_errors=True, in_memory_fallback_enabled=True)

WRONG = 422
"""The status of a wrong try; only those count."""


@limiter.request_filter
def _is_metas() -> bool:
    """A delivery is not limited, and should not pay for being looked at."""
    return request.endpoint == "webhook.deliver"


def is_wrong(response: Response) -> bool:
    """Whether the answer was that the try was wrong."""
    return response.status_code == WRONG
