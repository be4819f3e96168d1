"""The agent inbox for Instagram; create_app() is the only place where everything is wired."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from igapp.config import Config


def create_app(config: Config | None = None) -> Flask:
    """Build the app from the configuration given, or from the environment; raises ConfigError."""
    from flask_migrate import Migrate

    from igapp import cli, instagram, web
    from igapp.db import db

    app = create_core(config)
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    Migrate(app, db, directory="migrations", compare_type=True)
    instagram.register(app)
    web.register(app)
    instagram.stand_before(app)
    cli.register(app)
    return app


def create_core(config: Config | None = None) -> Flask:
    """Build what every process needs, without doors and commands: a third of the memory is theirs."""
    from igapp import logs, redislink, vault
    from igapp.db import db

    config = config or Config.from_env()
    logs.configure(config)
    logs.report_errors(config)
    app = Flask(__name__, template_folder="../templates", static_folder="../static")
    app.config.update(
        SECRET_KEY=config.secret_keys[0],
        SECRET_KEY_FALLBACKS=list(config.secret_keys[1:]),
        SQLALCHEMY_DATABASE_URI=config.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(config),
    )
    app.extensions["config"] = config
    app.extensions["vault"] = vault.Vault(config.secret_keys)
    app.extensions["redis"] = redislink.connect(config)
    app.extensions["quick redis"] = redislink.connect(config, redislink.QUICK_SECONDS)
    app.extensions["courier"] = redislink.Courier(app.extensions["redis"])
    db.init_app(app)
    return app


def _engine_options(config: Config) -> dict[str, object]:
    """Few connections for each process; errors are logged without parameters, which hold texts, names and tokens."""
    from igapp import engines

    options: dict[str, object] = {"pool_size": 5, "max_overflow": 5, "hide_parameters": True}
    if config.is_postgres and "connect_timeout=" not in config.database_url:
        options["connect_args"] = {"connect_timeout": engines.CONNECT_SECONDS}
    return options
