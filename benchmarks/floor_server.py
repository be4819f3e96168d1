"""How gunicorn serves the floor: with the product's own settings, without its hooks, which know the product's app."""

import runpy
from pathlib import Path

SETTINGS = ("bind", "workers", "worker_class", "threads", "worker_connections", "keepalive", "worker_tmp_dir")

_ours = runpy.run_path(str(Path(__file__).parents[1] / "gunicorn.conf.py"))
globals().update({name: _ours[name] for name in SETTINGS})
control_socket_disable, accesslog, loglevel = True, None, "warning"
