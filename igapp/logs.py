"""How the product logs: one structured line per step, as JSON or as text, with the request's id in each.

Lines carry ids and counts, never what a customer wrote, a name or a token.
"""

import logging
import re
import sys
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from igapp.config import Config

FIELD = re.compile(r"(\w+)=%\S+")
"""How our lines name what they carry: "send_failed send=%d"."""
QUIET = ("werkzeug", "urllib3", "rq", "flask-limiter")
"""Libraries whose chatter below a warning says nothing that our own lines do not."""


def configure(config: Config) -> None:
    """Send all logging of this process to standard error, in the format and from the level asked for."""
    handler = _StandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_named, *_shared()],
            processors=[_without_internals, *_rendering(config.log_format)],
            pass_foreign_args=True,
        )
    )
    root = logging.getLogger()
    root.handlers = [old for old in root.handlers if not _is_ours(old)] + [handler]
    level = logging.getLevelNamesMapping()[config.log_level]
    root.setLevel(max(level, logging.INFO))  # at DEBUG some libraries write down whole requests, with their keys
    logging.getLogger(__package__).setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


def report_errors(config: Config) -> None:
    """Tell Sentry of what goes wrong, where SENTRY_DSN names one: where and of which kind, never with which words.

    Nothing of it is loaded otherwise.
    """
    if not config.sentry_dsn:
        return
    import sentry_sdk

    sentry_sdk.init(
        config.sentry_dsn,
        auto_enabling_integrations=False,
        before_send=lambda event, _hint: _wordless(event),
        include_local_variables=False,
        max_breadcrumbs=0,
        max_request_body_size="never",
    )


def _wordless(event: Any) -> Any:
    """Leave the kinds of the exceptions and where they were raised: a message may repeat a customer's words."""
    for name in ("request", "user", "extra", "breadcrumbs"):
        event.pop(name, None)
    for error in event.get("exception", {}).get("values", []):
        error["value"] = ""
    if "logentry" in event:
        event["logentry"] = {"message": event["logentry"].get("message", "")}
    return event


class _StandardError(logging.StreamHandler[TextIO]):
    """Writes to what standard error is now, not to what it was when logging began."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]  # an attribute there
        return sys.stderr


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _named(_logger: WrappedLogger, _name: str, line: EventDict) -> EventDict:
    """Turn "send_failed send=7" into the line send_failed with the field send."""
    pattern, values = line["_record"].msg, line.pop("positional_args", ())
    names = FIELD.findall(pattern) if isinstance(pattern, str) else []
    if names and len(names) == len(values):
        line.update(zip(names, values, strict=True), event=pattern.split()[0])
    return line


def _rendering(log_format: str) -> list[Processor]:
    if log_format == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    plain = structlog.dev.plain_traceback  # the pretty one prints local variables, which hold texts and tokens
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]


def _without_internals(_logger: WrappedLogger, _name: str, line: EventDict) -> EventDict:
    for key in ("_record", "_from_structlog"):
        line.pop(key, None)
    return line


def _is_ours(handler: logging.Handler) -> bool:
    return isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter)
