"""Takes the API version off the path, so that every path works with and without one."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_VERSION = re.compile(r"^/(v\d+\.\d+)(?=/)")


class WithoutVersion:
    """WSGI middleware; the version itself stays in the environment as `sandbox.version`."""

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if found := _VERSION.match(path):
            environ["sandbox.version"] = found.group(1)
            environ["PATH_INFO"] = path[found.end() :]
        return self._app(environ, start_response)
