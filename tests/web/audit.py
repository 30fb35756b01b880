"""What every page must satisfy, read from the page as a browser gets it; each fault is a line of text."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import html5lib
from werkzeug.test import TestResponse

DIRECTIONS = {"ar": "rtl", "fr": "ltr", "en": "ltr"}
REFERENCE = r"OBS-\d{4}-\d{5,7}"
WHATSAPP = "https://wa.me/?text="
"""The one address elsewhere that a page may lead to, by a link that carries nothing but a neutral text."""
UNLABELLED = frozenset({"hidden", "submit", "button"})
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
        "font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'; "
        "manifest-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
}


ASSET_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"


def parse(html: str) -> Element:
    """Return the page's tree. Raises: ParseError at the first place where a browser would have to guess."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    tree: Element = parser.parse(html)
    return tree


def words_of(element: Element) -> str:
    """Return the text inside an element, its spaces made one."""
    return " ".join("".join(element.itertext()).split())


def find_all(tree: Element, *names: str) -> list[Element]:
    """Return the elements of these names, in the order of the page."""
    return [element for element in tree.iter() if element.tag in names]


def main_of(tree: Element) -> Element:
    """Return the page's main element."""
    return next(element for element in tree.iter("main"))


def faults_of(answer: TestResponse, language: str) -> list[str]:
    """Return what is wrong with a page: its markup, its frame, its forms, its headers."""
    try:
        tree = parse(answer.text)
    except html5lib.html5parser.ParseError as error:
        return [f"not valid HTML: {error}"]
    return [
        *_frame_faults(tree, language),
        *_label_faults(tree),
        *_form_faults(tree),
        *_inline_faults(tree),
        *header_faults(answer),
    ]


def header_faults(answer: TestResponse, *, private: bool = True) -> list[str]:
    """Return the headers that are missing or say something else; a file for everybody may load nothing at all."""
    wanted = SECURITY_HEADERS | (
        {"Cache-Control": "no-store"} if private else {"Content-Security-Policy": ASSET_POLICY}
    )
    return [f"header {name}: {answer.headers.get(name)}" for name in wanted if answer.headers.get(name) != wanted[name]]


def _frame_faults(tree: Element, language: str) -> Iterator[str]:
    html = tree if tree.tag == "html" else next(tree.iter("html"))
    if (html.get("lang"), html.get("dir")) != (language, DIRECTIONS[language]):
        yield f"html says lang={html.get('lang')} dir={html.get('dir')} on a page asked for in {language}"
    headings = find_all(tree, "h1")
    if len(headings) != 1:
        yield f"{len(headings)} h1 elements"
    title = words_of(next(tree.iter("title")))
    if headings and words_of(headings[0]) not in title:
        yield f"the title {title!r} does not hold the heading {words_of(headings[0])!r}"
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    yield from (f"two elements have the id {name}" for name in sorted({str(i) for i in ids if ids.count(i) > 1}))
    for element in tree.iter():
        for name in ("aria-describedby", "aria-labelledby", "for"):
            yield from (
                f"{name} names {target}, which is not there"
                for target in (element.get(name) or "").split()
                if target not in ids
            )
        if (
            (element.get("href") or "").startswith("#")
            and element.tag == "a"
            and str(element.get("href"))[1:] not in ids
        ):
            yield f"a link leads to {element.get('href')}, which is not there"


def _label_faults(tree: Element) -> Iterator[str]:
    labels = [label for label in find_all(tree, "label") if words_of(label)]
    labelled = {label.get("for") for label in labels}
    wrapped = {id(element) for label in labels for element in label.iter("input")}
    for element in find_all(tree, "input", "select", "textarea"):
        if element.get("type") in UNLABELLED or id(element) in wrapped:
            continue
        if element.get("id") is None or element.get("id") not in labelled:
            yield f"no label for {element.get('name')}"
    for element in find_all(tree, "button", "a"):
        if not words_of(element):
            yield f"a {element.tag} without words"
    for element in find_all(tree, "fieldset"):
        if not any(words_of(legend) for legend in element.iter("legend")):
            yield "a fieldset without a legend"


def _form_faults(tree: Element) -> Iterator[str]:
    main = main_of(tree)
    everything = list(tree.iter())
    before = {id(one) for one in everything[: everything.index(main)]}
    for form in find_all(tree, "form"):
        action, method = form.get("action"), (form.get("method") or "get").lower()
        names = [field.get("name") for field in form.iter("input")]
        if not action:
            yield "a form without an action"
        if method == "post" and names.count("csrf_token") != 1:
            yield f"the form to {action} has no token, or several"
        if method == "get" and "csrf_token" in names:
            yield f"the form to {action} would put the token into an address"
        if id(form) in before and (method, action) != ("post", "/sign-out"):
            yield f"the form to {action} stands before the page's own"


def _inline_faults(tree: Element) -> Iterator[str]:
    for element in tree.iter():
        if element.tag == "style" or (element.tag == "script" and not element.get("src")):
            yield f"an inline {element.tag}"
        for name, value in element.attrib.items():
            if re.fullmatch(r"on\w+|style|srcdoc", str(name)):
                yield f"{element.tag} has {name}"
            if str(value).strip().lower().startswith("javascript:"):
                yield f"{element.tag} leads to a script"
            outside = re.match(r"(https?:)?//", str(value)) and name in ("src", "href", "action")
            if outside and not (element.tag == "a" and str(value).startswith(WHATSAPP)):
                yield f"{element.tag} leads away from here: {value}"


def latin_words(tree: Element, allowed: frozenset[str]) -> set[str]:
    """Return the words in Latin script that a reader of Arabic meets outside what was written by people."""
    return {
        word for text in _own_texts(tree) for word in re.findall(r"[A-Za-zÀ-ÿ]{2,}", re.sub(REFERENCE, "", text))
    } - allowed


def _own_texts(element: Element) -> Iterator[str]:
    """Return the texts of a page that are ours: nothing inside `bdi`, and nothing marked as of another language."""
    ours = element.tag not in ("bdi", "script", "style", "svg", "textarea") and "svg" not in str(element.tag)
    if ours and element.get("lang") in (None, "ar"):
        yield element.text or ""
        for name in ("aria-label", "alt", "placeholder"):
            yield element.get(name) or ""
        for child in element:
            yield from _own_texts(child)
            yield child.tail or ""
