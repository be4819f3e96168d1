"""The clock in a process that loads neither doors nor commands: what `flask --app app clock` turns into."""

import logging
import signal
import time
from collections.abc import Iterable
from types import FrameType

from igapp import create_core, redislink, schema
from igapp.clock import DUTIES, TICK_SECONDS, Duty, do

log = logging.getLogger("igapp.clock")

MIGRATIONS_SECONDS = 60
"""How long a process that starts waits for the migrations of a release."""


def main() -> None:
    """Be the clock until SIGTERM."""
    with create_core().app_context():
        Clock(DUTIES).run()
        redislink.leave()


class Clock:
    """Goes on until SIGTERM or SIGINT, which ends it within a second."""

    def __init__(self, duties: Iterable[Duty]) -> None:
        self.duties = list(duties)
        self.last: dict[str, float] = {}

    def run(self) -> None:
        """Tick until told to stop."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _stop)
        try:
            schema.wait(MIGRATIONS_SECONDS)
            log.info("clock_started")
            while True:
                began = time.monotonic()
                self.tick(began)
                time.sleep(max(0.05, TICK_SECONDS - (time.monotonic() - began)))
        except Stopped:
            log.info("clock_stopped")

    def tick(self, moment: float) -> None:
        """Do every duty whose time has come."""
        for duty in self.duties:
            if moment - self.last.get(duty.name, -duty.every_seconds) >= duty.every_seconds:
                self.last[duty.name] = moment
                do(duty)


class Stopped(BaseException):
    """Somebody asked the clock to end; nothing on the way may take it for an error."""


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


if __name__ == "__main__":
    main()
