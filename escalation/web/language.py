"""The language of a page: asked for by a link, else the account's, else the installation's."""

from urllib.parse import quote, urlencode, urlsplit

from babel.support import Translations
from flask import Flask, current_app, g, request, session
from flask.typing import ResponseReturnValue
from flask_babel import Domain, refresh
from flask_login import current_user

from escalation.domain.codes import Language
from escalation.extensions import babel
from escalation.labels import current_language
from escalation.web.paths import own_path

NATIVE_NAMES = {Language.AR: "العربية", Language.FR: "Français", Language.EN: "English"}
CHOSEN = "language"


class PageCatalogues(Domain):
    """The catalogues of the pages, found by the language of the request alone."""

    def get_translations(self) -> Translations:
        """Return the catalogue of the page's language."""
        language = current_language()
        if language not in self.cache:
            self.cache[language] = super().get_translations()
        return self.cache[language]


def init_language(app: Flask) -> None:
    """Let translations follow the language chosen for the request."""
    babel.init_app(app, locale_selector=lambda: g.get("language", Language.AR).value)
    catalogues = babel.domain_instance = PageCatalogues()
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # Jinja's extension adds it
        gettext=lambda text: catalogues.get_translations().ugettext(text),
        ngettext=lambda one, more, count: catalogues.get_translations().ungettext(one, more, count),
        pgettext=lambda context, text: catalogues.get_translations().upgettext(context, text),
        newstyle=True,
    )


def choose_language() -> ResponseReturnValue | None:
    """Settle the language before anything is written to the page; a link's choice is kept for the session."""
    asked = request.args.get("lang", "")
    if asked in NATIVE_NAMES:
        session[CHOSEN] = asked
    g.language = Language(_kept() or _of_account() or current_app.extensions["config"].installation.default_language)
    refresh()
    return None


def _kept() -> str | None:
    kept = session.get(CHOSEN)
    return kept if kept in NATIVE_NAMES else None


def _of_account() -> str | None:
    return current_user.language if current_user.is_authenticated else None


def _page_path() -> str:
    """Return where this page can be asked for again: a refused form's own address may take forms only."""
    rule = request.url_rule
    if rule is None or request.method == "GET" or "GET" in (rule.methods or ()):
        return request.path
    try:
        came_from = urlsplit(request.referrer or "").path
    except ValueError:  # no address at all, such as that of a bracket left open
        came_from = ""
    return own_path(came_from) or "/"


def language_links() -> list[tuple[str, str, str]]:
    """Return the links that show this page in each language, each named in itself."""
    others = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    path = quote("/" + _page_path().lstrip("/"))
    return [
        (code.value, NATIVE_NAMES[code], f"{path}?{urlencode([*others, ('lang', code.value)])}") for code in Language
    ]
