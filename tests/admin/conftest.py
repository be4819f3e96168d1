"""People at the door of the administration."""

from tests.web.conftest import enter

__all__ = ["enter"]
