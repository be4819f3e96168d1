"""The one entry: gunicorn and the flask command take `app` from here."""

import sys

from igapp import create_app
from igapp.config import ConfigError

try:
    app = create_app()
except ConfigError as error:
    sys.exit(str(error))
