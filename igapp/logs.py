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
NAME = re.compile(r"[a-z][a-z_0-9]*(?=\s|$)")
"""The first word of our lines, which says what happened."""
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
        before_send=_wordless,
        include_local_variables=False,
        max_breadcrumbs=0,
        max_request_body_size="never",
    )


def _wordless(event: Any, hint: Any) -> Any:
    """Leave our line's name, the kinds of exceptions and where they were raised: all else may hold somebody's words."""
    for name in ("request", "user", "extra", "breadcrumbs"):
        event.pop(name, None)
    record = hint.get("log_record")
    if record is not None:
        event["logentry"] = {"message": _event_name(record)}
        if "exception" not in event:
            event.update(_raised(record))
    for error in event.get("exception", {}).get("values", []):
        error["value"] = ""
    return event


def _event_name(record: logging.LogRecord) -> str:
    """Return the first word of a line of ours; a library's line may be words throughout."""
    line = record.msg.get("event") if isinstance(record.msg, dict) else record.msg
    name = NAME.match(line) if isinstance(line, str) and record.name.partition(".")[0] == __package__ else None
    return name[0] if name else record.name


def _raised(record: logging.LogRecord) -> dict[str, Any]:
    """Return the exception of a line of structlog's, which keeps it where Sentry does not look."""
    import sentry_sdk
    from sentry_sdk.utils import event_from_exception

    found = record.msg.get("exc_info") if isinstance(record.msg, dict) else None
    error = sys.exc_info() if found is True else found
    if not isinstance(error, BaseException | tuple) or error == (None, None, None):
        return {}
    event, _hint = event_from_exception(error, client_options=sentry_sdk.get_client().options)
    return {"exception": event["exception"]}


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
