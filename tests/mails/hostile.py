# ruff: noqa: E501 - mails as programs write them
"""Mails that are broken or meant to harm: each once by hand, and any number of them by chance."""

import base64
import io
import random
import zipfile
from collections.abc import Iterator

CHARSETS = (
    "utf-8", "windows-1256", "iso-8859-6", "x-unknown", "unknown-8bit", "hex", "zip", "bz2", "rot13", "base64", "idna",
    "punycode", "unicode_escape", "undefined", "utf-7", "utf-16", "\x00", "a" * 5000, "mbcs", "iso-2022-jp", "''", '"',
)  # fmt: skip
TYPES = (
    "text/plain", "text/html", "text/plain; charset", "text/plain; charset=", "multipart/mixed", "multipart/mixed; boundary=",
    'multipart/mixed; boundary="', "message/rfc822", "message/partial; id=1; number=1", "application/octet-stream",
    "message/delivery-status", "multipart/report; report-type=delivery-status", 'image/png; name="..\\..\\x.png"', "x",
    "/", ";;;", "text/plain; charset*=utf-8''%ff; charset*0*=x'y'z", "text/plain; name*0*=''%00; name*1=x", "message/external-body",
)  # fmt: skip
HEADERS = (
    b"From: =?utf-8?b?!!!?=", b"From: =?utf-8?q?=41=?= <president@example.test>", b"Subject: =?x-unknown?q?=FF?=",
    b"Subject: \xff\xfe\x00\x01", b"From: \xd8\xb1\xd8\xa6\xd9\x8a\xd8\xb3 <president@example.test>", b"To: " + b"a@b.c, " * 3000,
    b"References: " + b"<x@y> " * 5000, b"Message-ID: \x00<>", b"Message-ID: <a@b>\r\n <c@d>", b"In-Reply-To: <<<>>>",
    b"From: a@b.c\r\nFrom: president@example.test", b"Subject: " + "\u202eexe.fdp".encode(), b": nothing", b"\x00\x00: x",
    b"Subject: x\r\nBcc: y@z", b"Content-Transfer-Encoding: x-uuencode", b"Content-Transfer-Encoding: base64",
    b"Content-Transfer-Encoding: \xff", b"Date: not a date", b'Content-Disposition: attachment; filename="' + b"x" * 3000 + b'"',
    b"From: president@example.test, a@b.c", b'From: "president@example.test" <evil@example.org>', b"From:", b"From: <>",
    b"From: president@example.test (<evil@example.org>)", b"From: <president@example.test> <evil@example.org>",
    b"From: =?utf-8?q?president=40example=2Etest?= <evil@example.org>", b"From: president@example.test\x00@evil.example",
)  # fmt: skip


def hostile(to: str) -> Iterator[bytes]:
    """Yield mails each of which holds one thing that broke some mail program."""
    for header in HEADERS:
        yield b"To: " + to.encode() + b"\r\n" + header + b"\r\n\r\nwords\r\n"
    for charset in CHARSETS:
        head = f"From: president@example.test\nTo: {to}\nContent-Type: text/plain; charset={charset}\n\n".encode()
        yield head + "كلمات \ufffd".encode() + b"\xff\x00\x80\n"
    for kind in TYPES:
        yield f"From: president@example.test\nTo: {to}\nContent-Type: {kind}\n\n--\n\nx\n----\n".encode()
    yield from (b"", b"\x00" * 1000, b"\r\n" * 1000, b"x" * 100_000, b"From \x00", b":" * 5000, b"\xff" * 5000)
    yield _nested(to, 30)
    yield _nested(to, 2000)
    yield f"To: {to}\nX: ".encode() + b"y" * 500_000 + b"\n\nx"
    yield f"To: {to}\n".encode() + b"X: y\n" * 30_000 + b"\nx"
    yield (
        f"To: {to}\nFrom: president@example.test\nContent-Type: text/html\n\n".encode()
        + b"<div>" * 30_000
        + b"<!--" * 9000
    )
    yield (
        f"To: {to}\nFrom: president@example.test\nContent-Type: text/html\n\n".encode()
        + b"<![CDATA[" * 9000
        + b"<a b='" * 9000
    )
    yield f"To: {to}\nFrom: president@example.test\n\n".encode() + "في كتب كتب ".encode() * 15_000
    yield f"To: {to}\nFrom: president@example.test\n\n".encode() + b"On x wrote On y <z@w> " * 9000
    yield f'To: {to}\nContent-Type: text/plain; charset="'.encode() + b";" * 190_000 + b'"\n\nx'
    yield f"To: {to}\nContent-Type: multipart/mixed; boundary=b\n\n--b\n".encode() + (
        b'Content-Type: text/plain; charset="'
        + b";" * 900_000
        + b'"\nContent-Disposition: x'
        + b";a=" * 300_000
        + b"\n\nx"
    )
    yield f"To: {to}\nContent-Type: multipart/mixed; boundary=b\n".encode() + 900 * (
        b'\n--b\nContent-Type: text/plain; charset="' + b";" * 7000 + b'"\n\nx'
    )
    for line in (b"__\na\n", b"a wrote:\n>\n", b"a wrote:\n\n", b"De : x\n", b"-----BEGIN PGP SIGNED MESSAGE-----\n"):
        yield f"To: {to}\nFrom: president@example.test\n\n".encode() + line * (200_000 // len(line))
    yield with_file(to, "bomb.zip", _bomb())
    yield with_file(to, "report.docx", _bomb())
    yield with_file(to, "\u202efdp.exe", b"MZ" + b"\x00" * 100)
    yield with_file(to, "../../etc/passwd", b"%PDF-1.4 broken")


def by_chance(to: str, count: int, seed: int) -> Iterator[bytes]:
    """Yield mails put together from broken pieces, and then broken once more; equal seeds give equal mails."""
    chance = random.Random(seed)
    for _ in range(count):
        head = [f"To: {to}".encode(), b"From: president@example.test", *chance.sample(HEADERS, chance.randint(0, 5))]
        kind, charset = chance.choice(TYPES), chance.choice(CHARSETS)
        head.append(f"Content-Type: {kind}; charset={charset}; boundary=b".encode())
        chance.shuffle(head)
        body = [chance.choice((b"--b", b"--b--", b"", b"> x", b"Content-Type: text/plain", "كلمات".encode(), b"\x00\xff"))
                for _ in range(chance.randint(0, 30))]  # fmt: skip
        end = chance.choice((b"\r\n", b"\n", b"\r"))
        raw = bytearray(end.join((*head, b"", *body)))
        for _ in range(chance.randint(0, 8)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        yield bytes(raw[: chance.randint(1, len(raw))] if chance.random() < 0.2 else raw)


def with_file(
    to: str, name: str, content: bytes, words: str = "كلمات", sender: str = "president@example.test"
) -> bytes:
    """Return a mail with one file."""
    encoded = base64.encodebytes(content).decode()
    return (
        f"From: {sender}\nTo: {to}\nMessage-ID: <file.{len(content)}@example.test>\nMIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n'
        f'{words}\n\n--b\nContent-Type: application/octet-stream; name="{name}"\nContent-Transfer-Encoding: base64\n'
        f'Content-Disposition: attachment; filename="{name}"\n\n{encoded}\n--b--\n'
    ).encode()


def _nested(to: str, depth: int) -> bytes:
    lines = [f"To: {to}", "From: president@example.test"]
    for level in range(depth):
        lines += [f"Content-Type: multipart/mixed; boundary=b{level}", "", f"--b{level}"]
    return "\n".join([*lines, "", "deep"]).encode()


def _bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * 30_000_000)
    return packed.getvalue()
