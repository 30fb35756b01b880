"""``create_app``: the only place where configuration, extensions, blueprints and hooks are wired together."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask_compress import Compress
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from config import Config
from escalation.database import MIGRATIONS, engine_options, let_go_of_session, prepare_engine
from escalation.extensions import csrf, db, migrate
from escalation.web.access import check_access
from escalation.web.assets import init_assets
from escalation.web.blueprints import BLUEPRINTS, DEMO_BLUEPRINTS
from escalation.web.converters import CONVERTERS
from escalation.web.errors import register_errors
from escalation.web.headers import set_headers
from escalation.web.identity import prepare_identity
from escalation.web.language import choose_language, init_language
from escalation.web.lean import LeanEnvironment, LeanSource
from escalation.web.origin import check_form
from escalation.web.page import init_page
from escalation.web.privacy.notice import show_notice
from escalation.web.privacy.reading import write_reading
from escalation.web.refused import note_refused
from escalation.web.uploads import make_room_for_file

ROOT = Path(__file__).resolve().parent.parent

Wake = Callable[[], None]


def create_app(config: Config, wake: Wake | None = None) -> Flask:
    """Return the application for one configuration; ``wake`` is called after a commit that owes messages."""
    app = Flask("escalation", template_folder=str(ROOT / "templates"), static_folder=None)
    app.config.update(_flask_settings(config))
    app.jinja_environment = LeanEnvironment
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension(LeanSource)
    app.extensions["config"] = config
    app.extensions["wake"] = wake or _nobody_to_wake
    if config.security.proxy_hops:
        hops = config.security.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    _bind_extensions(app)
    app.url_map.converters.update(CONVERTERS)
    init_assets(app)
    init_language(app)
    init_page(app)
    app.before_request(choose_language)
    app.before_request(make_room_for_file)
    app.before_request(check_form)
    app.before_request(check_access)
    app.before_request(show_notice)
    app.after_request(set_headers)
    app.after_request(note_refused)
    app.after_request(write_reading)
    register_errors(app)
    for blueprint in (*BLUEPRINTS, *(DEMO_BLUEPRINTS if config.demo else ())):
        app.register_blueprint(blueprint)
    return app


def _bind_extensions(app: Flask) -> None:
    db.init_app(app)
    # The last to be named is the first to be called: the extension finds nothing left to end.
    app.teardown_appcontext(let_go_of_session)
    with app.app_context():
        prepare_engine(db.engine)
    migrate.init_app(app, db, directory=str(MIGRATIONS), render_as_batch=True)
    csrf.init_app(app)
    prepare_identity(app)
    Compress(app)


def _flask_settings(config: Config) -> dict[str, object]:
    security = config.security
    secure = security.session_cookie_secure
    return {
        # Whatever the environment of the process says: nothing of the inside is shown to a reader.
        "DEBUG": False,
        "SECRET_KEY": security.secret_key,
        "SECRET_KEY_FALLBACKS": list(security.secret_key_fallbacks),
        "TRUSTED_HOSTS": list(security.trusted_hosts),
        "SQLALCHEMY_DATABASE_URI": config.database.url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(config.database.url),
        "SESSION_COOKIE_NAME": "__Host-session" if secure else "session",
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": timedelta(minutes=security.session_absolute_minutes),
        "MAX_CONTENT_LENGTH": 1_000_000,
        "MAX_FORM_MEMORY_SIZE": 500_000,
        "MAX_FORM_PARTS": 200,
        "WTF_CSRF_CHECK_DEFAULT": False,
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": False,
        "COMPRESS_MIMETYPES": ["text/html", "application/json"],
        "COMPRESS_MIN_SIZE": 500,
        "COMPRESS_ALGORITHM": ["br", "gzip"],
        "COMPRESS_LEVEL": 9,
        # A page of a queue takes a fifth of a millisecond more than at level 5, and stays within its weight.
        "COMPRESS_BR_LEVEL": 9,
        # Enough for most pages; a larger window costs level 9 ten times as long.
        "COMPRESS_BR_WINDOW": 16,
        "BABEL_TRANSLATION_DIRECTORIES": str(Path(__file__).resolve().parent / "translations"),
        "BABEL_DEFAULT_LOCALE": "en",
    }


def _nobody_to_wake() -> None:
    """Stand for a process without workers: the poller of another finds what is owed."""
