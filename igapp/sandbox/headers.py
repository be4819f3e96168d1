"""The headers of the sandbox's own pages: a strict content security policy and its company."""

from werkzeug.wrappers import Response


class Policy:
    """Everything from here alone; forms may lead elsewhere only where that is allowed."""

    def __init__(self) -> None:
        self._forms = "'self'"

    def allow_forms_to(self, origin: str) -> "Policy":
        """A form's redirect counts as its target, so the way back to the product is named."""
        self._forms = f"'self' {origin}"
        return self

    def write(self, response: Response) -> None:
        response.headers["Content-Security-Policy"] = "; ".join(
            (
                "default-src 'none'",
                "script-src 'self'",
                "style-src 'self'",
                "img-src 'self'",
                "media-src 'self'",
                "connect-src 'self'",
                f"form-action {self._forms}",
                "base-uri 'none'",
                "frame-ancestors 'none'",
            )
        )
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
