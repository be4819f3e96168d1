"""Who is there: pages say so every few seconds, and one thread per process writes it down for many at once."""

import threading

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from igapp import db, utc
from igapp.desk import availability

log = structlog.get_logger(__name__)

GATHER_SECONDS = 2.0
"""Written down so often at most; someone new is written down at once."""


class Roll:
    """The users heard from since it was last written down."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._changing = threading.Lock()
        self._heard: set[int] = set()
        self._lately: set[int] = set()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def heard_from(self, user_id: int) -> None:
        """A page of the user's is there (not one of the settings)."""
        with self._changing:
            self._heard.add(user_id)
            if user_id not in self._lately:
                self._wake.set()
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="presence", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while True:
            self._wake.wait(GATHER_SECONDS)
            with self._changing:
                self._wake.clear()
                heard, self._heard = self._heard, set()
                self._lately = heard
            if heard:
                self._write(heard)

    def _write(self, user_ids: set[int]) -> None:
        """Write all of them down at once; where that fails, each alone, so that one keeps nobody else out."""
        with self._app.app_context():
            db.start_writing()
            if not self._is_written(user_ids) and len(user_ids) > 1:
                for user_id in user_ids:
                    self._is_written({user_id})

    def _is_written(self, user_ids: set[int]) -> bool:
        try:
            db.retrying(lambda: self._note(user_ids))
        except SQLAlchemyError as error:
            db.db.session.rollback()
            log.warning("presence_unwritten", error=type(error).__name__, users=len(user_ids))
            return False
        return True

    @staticmethod
    def _note(user_ids: set[int]) -> None:
        for user_id in sorted(user_ids):
            availability.heard_from(user_id, utc.now())
        db.commit()
