"""`python -m igapp.sandbox --port N` serves the sandbox until SIGTERM."""

import argparse
import logging
import os
import signal
import threading

from werkzeug.serving import WSGIRequestHandler, make_server

from igapp.sandbox import create_app


class KeepingAlive(WSGIRequestHandler):
    """Connections stay open, as Meta's do; answers leave at once instead of waiting to be full."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True


def main() -> None:
    options = _options()
    os.environ.setdefault("SANDBOX_URL", f"http://{options.host}:{options.port}")
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    app = create_app()
    server = make_server(options.host, options.port, app, threaded=True, request_handler=KeepingAlive)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
    server.server_close()
    app.extensions["sandbox"].stop()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="igapp.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5001)
    return parser.parse_args()


if __name__ == "__main__":
    main()
