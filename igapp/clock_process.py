"""The clock in a process that loads neither doors nor commands: what `flask --app app clock` turns into."""

from igapp import create_core, redislink
from igapp.clock import DUTIES, Clock


def main() -> None:
    """Be the clock until SIGTERM."""
    with create_core().app_context():
        Clock(DUTIES).run()
        redislink.leave()


if __name__ == "__main__":
    main()
