"""What somebody wrote in an answer, without what it quotes and without its signature: Arabic, French and English.

A line at a time, by patterns that look at one line of bounded length: nothing here can be made slow. The forms are
those of the mail programs of Google, Microsoft, Apple, Yahoo, Mozilla, Samsung and Proton.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

LINE_CHARS: Final = 1000
INTRODUCED_WITHIN: Final = 4
"""Over how many lines a mail program may break the line that introduces a quotation."""

_MARKS: Final = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\u061c\ufeff]")
_SPACES: Final = re.compile("[ \t\u00a0\u202f\u2000-\u200a\u3000]+")

INTRODUCTIONS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"on .{6,400} wrote ?:",
        r"le .{6,400} (?:a|à) écrit ?:",
        r"le .{6,400} <[^<>]{3,250}> ?(?:a écrit)? ?:",
        r".{1,200}<[^<>@]{1,100}@[^<>]{1,150}> (?:wrote|a écrit|كتب|كتبت)(?: .{4,200})? ?:",
        r".{4,300}(?:كتب|كتبت) .{0,200}<[^<>@]{1,100}@[^<>]{1,150}> ?:",
        r"(?:في|بتاريخ|يوم) .{4,400} (?:كتب|كتبت|كتب/كتبت|كتبَ)(?: .{1,250})? ?[:：]",
        r"(?:في|بتاريخ|يوم) .{4,400} تمت? كتابة ما يلي بواسطة .{1,250} ?[:：]?",
        r"(?:في|بتاريخ|يوم) .{4,400} جاء من .{1,250} ?[:：]?",
        r"(?:كتب|كتبت) .{1,300}(?:في|بتاريخ|يوم) .{4,200} ?[:：]",
    )
)
BEFORE_QUOTES: Final = re.compile(r".{1,80} (?:wrote|a écrit|كتب|كتبت) ?[:：]", re.IGNORECASE)
"""An introduction without address or time, known by the quotation below it."""
AT_ONCE_FOLLOWED: Final = re.compile(
    r"(?:on|le|في|بتاريخ|يوم) .{6,300}<[^<>@]{1,100}@[^<>]{1,150}> ?(?:wrote|a écrit|كتب|كتبت) ?: ?\S.*", re.IGNORECASE
)
"""An introduction with what it quotes on the same line, as a program of Yahoo writes it."""
DATED: Final = re.compile(r"@|\d{1,2}[:.hH]\d{2}")
"""What every introduction holds and few sentences do: an address, or the time of day."""
STARTS: Final = ("on ", "le ", "في ", "بتاريخ ", "يوم ", "كتب ", "كتبت ")
_PARTED_BY: Final = (
    "original message|original mail|mail original|courriel original|original appointment"
    "|forwarded message|reply message|message d['’]origine|message original"
    "|message transféré|message transmis|الرسالة الأصلية|رسالة أصلية|الرسالة الاصلية|رسالة اصلية"
    "|رسالة معاد توجيهها|رسالة مُعاد توجيهها|رسالة تمت إعادة توجيهها|رسالة محولة"
)
_FORWARDED: Final = (
    "begin forwarded message|début du message (?:réexpédié|transféré)"
    "|بداية الرسالة المعاد توجيهها|بدء الرسالة المُعاد توجيهها"
)
SEPARATORS: Final = (
    re.compile(rf"[-_]{{2,}} ?(?:{_PARTED_BY}) ?[-_]*", re.IGNORECASE),
    re.compile(rf"(?:{_FORWARDED}) ?:", re.IGNORECASE),
    re.compile(r"-----BEGIN PGP (?:SIGNATURE|MESSAGE)-----"),
    re.compile(r"begin [0-7]{3} \S.*"),
)
"""Below which stands nothing that the writer wrote for readers: a whole mail, secret writing, a file in letters."""
SIGNED: Final = re.compile(r"-----BEGIN PGP SIGNED MESSAGE-----|Hash: [A-Z0-9, -]{3,60}")
UNDERLINE: Final = re.compile(r"[_\-–—=]{15,}")
FROM_LABEL: Final = re.compile(r"[*> ]*(?:from|de|expéditeur|من|المرسل) ?\*? ?[:：]\*? ?\S.{0,300}", re.IGNORECASE)
OTHER_LABEL: Final = re.compile(
    r"[*> ]*(?:sent|date|to|cc|subject|reply-to|envoyé(?: le)?|à|a|objet|répondre à|copie à|إلى|الى|نسخة|الموضوع|موضوع"
    r"|التاريخ|تاريخ(?: الإرسال)?|تم الإرسال(?: في)?|مُرسل|أرسلت|المرسل إليه|أُرسلت) ?\*? ?[:：].{0,400}",
    re.IGNORECASE,
)
SIGNATURE: Final = re.compile(r"(?:--|––|—|__)")
SIGNATURE_LINES: Final = 8
_SENT: Final = "تم الإرسال|تم إرسالها|تم إرساله|أرسلت|أُرسلت|أرسل|أُرسل|مرسل|مرسلة|مُرسل|مُرسلة"
_PROGRAM: Final = (
    r"(?:iphone|ipad|samsung|galaxy|android|\bios\b|yahoo|gmail|outlook|proton|huawei|honor\b|xiaomi|redmi|oppo|nokia"
    r"|blackberry|for windows|pour windows|bluemail|thunderbird|mail orange|آيفون|آيباد|سامسونج|سامسونغ|هواوي"
    r"|(?:my|mon) (?:t[ée]l[ée]phone|smart ?phone|phone|mobile|appareil|tablet)"
    r"|هاتفي|جهازي|جوالي|(?:هاتف|جهاز|الهاتف) .{0,20}(?:الخاص بي|المحمول|الذكي|النقال))"
)
DEVICE_LINES: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"sent (?:from|via|with|using) .{{0,60}}{_PROGRAM}.{{0,60}}",
        r"get outlook for .{2,80}",
        rf"(?:envoyé|envoyée|expédié) (?:de|depuis|à partir (?:de|d['’])|via|avec|par) ?.{{0,60}}{_PROGRAM}.{{0,60}}",
        r"(?:télécharge[rz]?|obtene[rz]|obtenir|téléchargement de) outlook .{2,80}",
        r"provenance ?: ?courrier pour windows.{0,40}",
        r"yahoo mail ?: .{2,80}",
        rf"(?:{_SENT}) (?:من|عبر|باستخدام|بواسطة) .{{0,60}}{_PROGRAM}.{{0,60}}",
        r"(?:الحصول على|احصل على|تنزيل|تحميل) outlook .{2,80}",
        rf"(?:من|عبر) (?:هاتفي|جهاز|بريد) .{{0,40}}{_PROGRAM}.{{0,30}}",
    )
)
"""What a telephone or a program adds below the words; what people say of having sent something names neither."""


def written_words(text: str) -> str:
    """Return what the writer of an answer wrote in it; nothing when all of it is quotation and signature."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    seen = [_seen(line[:LINE_CHARS]) for line in lines]
    kept = _kept(lines, seen)
    return _tidy(kept)


def unflowed(text: str) -> str:
    """Return text whose paragraphs were broken for the way, each on one line again. Source: RFC 3676."""
    said: list[str] = []
    goes_on = False
    for line in text.replace("\r\n", "\n").split("\n"):
        plain = line.removeprefix(" ")
        if goes_on and not plain.startswith(">") and plain != "-- ":
            said[-1] += plain
        else:
            said.append(plain)
        goes_on = plain.endswith(" ") and plain != "-- " and not plain.startswith(">")
    return "\n".join(said)


def _kept(lines: Sequence[str], seen: Sequence[str]) -> list[str]:
    kept: list[str] = []
    at = 0
    while at < len(lines):
        if _ends_words(seen, at):
            break
        length = _introduction(seen, at)
        if length:
            if not _is_quoted_next(seen, at + length):
                break
            at += length
            continue
        if not seen[at].startswith(">") and not SIGNED.fullmatch(seen[at]):
            kept.append(lines[at])
        at += 1
    return _without_device(kept)


def _without_device(lines: list[str]) -> list[str]:
    """Return lines without those at their end by which a telephone says that it sent them."""
    end = len(lines)
    for at in range(len(lines) - 1, -1, -1):
        line = _seen(lines[at][:LINE_CHARS])
        if line and not _is_device_line(line):
            break
        end = at
    return lines[:end]


def _ends_words(seen: Sequence[str], at: int) -> bool:
    """Say whether nothing of the writer's stands from here on: a signature, or something below a line."""
    line = seen[at]
    if not line:
        return False
    if SIGNATURE.fullmatch(line):
        return _is_signature(seen, at)
    if any(each.fullmatch(line) for each in SEPARATORS) or AT_ONCE_FOLLOWED.fullmatch(line):
        return True
    if UNDERLINE.fullmatch(line):
        following = [one for one in seen[at + 1 : at + 4] if one]
        return bool(following) and FROM_LABEL.fullmatch(following[0]) is not None
    return FROM_LABEL.fullmatch(line) is not None and _is_header_block(seen[at + 1 : at + 7])


def _is_signature(seen: Sequence[str], at: int) -> bool:
    """A line of two dashes begins a signature; within a long text with more paragraphs after it, it parts them."""
    if seen[at] in ("--", "––"):
        return True
    following = (line for line in _from(seen, at + 1) if line and not line.startswith(">"))
    return sum(1 for _line in islice(following, SIGNATURE_LINES + 1)) <= SIGNATURE_LINES


def _from(seen: Sequence[str], at: int) -> Iterator[str]:
    """Yield the lines from here on, as far as one looks: copied for each line, they would be read without an end."""
    return (seen[place] for place in range(at, len(seen)))


def _is_header_block(following: Sequence[str]) -> bool:
    return sum(OTHER_LABEL.fullmatch(line) is not None for line in following) >= 2


def _introduction(seen: Sequence[str], at: int) -> int:
    """Return over how many lines a quotation is introduced from here; 0 where none is."""
    first = seen[at]
    if not first or first.startswith(">"):
        return 0
    may_be_long = first.lower().startswith(STARTS)
    joined = ""
    for length in range(1, INTRODUCED_WITHIN + 1 if may_be_long else 2):
        if at + length > len(seen) or (length > 1 and not seen[at + length - 1]):
            break
        joined = f"{joined} {seen[at + length - 1].lstrip('> ')}".strip()[:LINE_CHARS]
        if DATED.search(joined) and any(each.fullmatch(joined) for each in INTRODUCTIONS):
            return length
    return int(BEFORE_QUOTES.fullmatch(first) is not None and _is_quoted_next(seen, at + 1))


def _is_quoted_next(seen: Sequence[str], at: int) -> bool:
    following = next((line for line in _from(seen, at) if line), "")
    return following.startswith(">")


def _is_device_line(line: str) -> bool:
    return any(each.fullmatch(line) for each in DEVICE_LINES)


def _seen(line: str) -> str:
    """Return a line as patterns see it: without marks of direction, single spaces, no outer ones."""
    return _SPACES.sub(" ", _MARKS.sub("", line)).strip()


def _tidy(lines: Sequence[str]) -> str:
    """Return lines as one text, without marks that turn the direction of what stands around them."""
    said: list[str] = []
    for line in lines:
        plain = _TURNING.sub("", line).rstrip()
        if plain or (said and said[-1]):
            said.append(plain)
    return "\n".join(said).strip()


_TURNING: Final = re.compile("[\u202a-\u202e\u2066-\u2069\u200b\ufeff\u2060-\u2064]")
