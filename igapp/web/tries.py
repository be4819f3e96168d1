"""How often something secret may be tried: the counter, and what counts as a wrong try."""

from flask import Response
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, headers_enabled=False, swallow_errors=True, in_memory_fallback_enabled=True)

WRONG = 422
"""The status of a wrong try; only those count."""


def is_wrong(response: Response) -> bool:
    """Whether the answer was that the try was wrong."""
    return response.status_code == WRONG
