"""Words that nobody means well with: one or more for each way in which a program takes words for something else."""

import string
from collections.abc import Iterator
from itertools import cycle, islice

SCRIPT = "<script>alert(7205)</script>"
"""If this stands in a page as it was sent, the page runs it."""

WORDS = [
    SCRIPT,
    f"\"'>{SCRIPT}<svg onload=alert(7205)>",
    f"</textarea></title></style>{SCRIPT}",
    "javascript:alert(7205)//https://x",
    "{{ 7205 * 7205 }}{% for x in ().__class__.__mro__ %}{% endfor %}",
    "${7205*7205} #{7205*7205} <%= 7205*7205 %> %(person_id)s {0.__class__} %s%n%d",
    "' OR '1'='1' -- ",
    '"; DROP TABLE people; --',
    "1) UNION SELECT password_hash FROM people--",
    "%' ESCAPE '!' OR 1=1 _%",
    "\\'; SELECT pg_sleep(9); --",
    "`id`; $(id) | id && id\n/bin/sh",
    "../../../../etc/passwd%00.png",
    "..\\..\\windows\\win.ini",
    "file:///etc/passwd",
    "//evil.test/\\evil.test",
    "x\r\nBcc: everybody@evil.test\r\n\r\nBody",
    "x\r\nSet-Cookie: session=evil",
    "<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]><x>&y;</x>",
    '{"a": [[[[[[[[[{}]]]]]]]]], "__proto__": {"x": 1}}',
    "=cmd|' /C calc'!A0",
    "\uff1d1+1",
    "\x00",
    "a\x00b",
    "".join(map(chr, range(1, 32))) + "\x7f\x80\x9f",
    "\ud800",
    "x\udfffy",
    "\ufffe\uffff\ufeff\ufffd",
    "\u202e\u2066\u2067\u2069\u200f\u200e\u061c",
    "\u200b\u200c\u200d\u2060\u00ad",
    "ا" + "\u064b\u0651\u0670" * 400,
    "Z\u0351\u036b\u0343\u036a\u0302" * 200,
    "ﷺ﷽" * 500,
    "👩‍👩‍👧‍👦🇲🇦" * 100,
    "İıſKÅ ß ŉ ǰ ΐ",
    "٣٫١٤٬٠٠٠",
    "۱۲۳۴۵۶۷۸۹۰",
    "१२३²³½Ⅷ",
    "-1",
    "0",
    "1e309",
    "NaN",
    "Infinity",
    "9" * 400,
    "-9223372036854775809",
    "2147483648",
    "0x7fffffff",
    "1_000",
    "0000-00-00",
    "2026-02-30",
    "10000-01-01",
    "9999-12-31",
    "0001-01-01",
    "2026-W01-1",
    "٢٠٢٦-٠١-٠١",
    "true",
    "None",
    "undefined",
    "[]",
    " ",
    "\u3000\u00a0\u2003",
    "\n" * 3000,
    "a" * 70_000,
    "(" * 5000,
    "a@" * 3000,
    "a" + "!" * 60 + "@x.test",
    string.printable,
    "OBS-2026-00001",
    "OBS-٢٠٢٦-٠٠٠٠١",
]
"""Each is tried in every field that takes words."""


def in_turn(names: list[str], first: int) -> Iterator[tuple[str, str]]:
    """Yield each name with another word, beginning at one of them: so that each name meets each word in turn."""
    return zip(names, islice(cycle(WORDS), first, None), strict=False)
