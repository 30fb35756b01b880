"""Mail that others write, as far as it is understood: their words, reports, robots, and what is meant to harm."""

from __future__ import annotations

import time
from collections.abc import Callable
from email.message import EmailMessage
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.mail.incoming.hints import may_be_robot
from escalation.mail.incoming.html import text_of_html
from escalation.mail.incoming.reading import Unreadable, read_mail
from escalation.mail.incoming.reports import Verdict, read_reports, report_on
from escalation.mail.incoming.robots import why_robot
from escalation.mail.incoming.words import unflowed, written_words
from tests.mails.answers import INTRODUCTIONS, QUOTED, answers
from tests.mails.bounces import ADDRESS, bounces, report
from tests.mails.hostile import by_chance, hostile, with_file
from tests.mails.robots import by_people, perhaps_robots, robots

READER, TO = "president@example.test", "reply+x@reply.example.test"
HONEST = "هذه كلمات من رئيس الجماعة إلى المكتب.\n" * 16_000
"""A megabyte of words that nobody made to do harm."""
TIMES_HONEST = 25
"""How many times the work on honest words hostile ones may make; those that held a worker up made 40 to 300 times."""


def work_of(act: Callable[[], object]) -> float:
    """Return the processor's time for this, in seconds."""
    began = time.process_time()
    act()
    return time.process_time() - began


def most_for(honest: Callable[[], object]) -> float:
    """Return how much of the processor's time a hostile thing may take beside an honest one of its kind."""
    return TIMES_HONEST * min(work_of(honest) for _time in range(3))


def is_light(act: Callable[[], object], most: float) -> bool:
    """Whether this makes less work than so many seconds of the processor; it is measured again before it is refused."""
    return any(work_of(act) < most for _time in range(3))


def verdict(raw: bytes, address: str = ADDRESS) -> str:
    found = report_on(read_reports(read_mail(raw).message), address)
    return found.verdict.value if found else "no_report"


def test_the_words_of_an_answer_are_found_in_every_form_of_quotation_and_signature() -> None:
    wrong = [answer.program for answer in answers() if written_words(answer.text) != answer.written]
    assert not wrong, wrong[:20]


def test_an_answer_between_the_lines_of_a_quotation_is_kept() -> None:
    text = (
        f"{INTRODUCTIONS['gmail-fr']}\n\n> متى توصلتم بالوثيقة؟\n\nيوم الاثنين.\n\n> ومن وقعها؟\n\nالرئيس.\n-- \nM. X\n"
    )
    assert written_words(text) == "يوم الاثنين.\n\nالرئيس."


def test_an_introduction_without_a_time_is_known_by_what_is_quoted_below_it() -> None:
    assert written_words("Ahmed a écrit :\n> Quand ?\n\nLundi.\n\nالقائد كتب:\n> متى؟\n\nغدا.") == "Lundi.\n\nغدا."
    assert written_words("On Mon, 3 Aug 1998, X wrote:\n> When?\nOn Monday.") == "On Monday."


def test_secret_writing_is_no_words_and_its_signature_none_of_them() -> None:
    signed = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nنعم.\n-----BEGIN PGP SIGNATURE-----\n\niQEz\n"
    assert written_words(signed) == "نعم."
    assert written_words("-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----") == ""


def test_what_is_only_quoted_holds_no_words() -> None:
    assert written_words(f"{INTRODUCTIONS['gmail-ar']}\n\n{QUOTED}") == ""
    assert written_words("> نعم\n> لا\n\nEnvoyé de mon iPhone") == ""


def test_lines_made_to_be_looked_at_long_are_not() -> None:
    made = [
        (piece * 300 + "\n") * 200
        for piece in (
            "كتب ",
            "في 10:12 كتب <a@b",
            "on 10:12 <a@b> ",
            "le wrote : ",
            "a écrit ",
            "Sent from my ",
            "De : x\n",
        )
    ]
    most = most_for(partial(written_words, HONEST))
    for text in made:
        assert is_light(partial(written_words, text), most), text[:40]


def test_marks_that_turn_the_direction_of_others_words_are_dropped() -> None:
    assert written_words("نعم \u202eexe.fdp\u202c \u2067x\u2069") == "نعم exe.fdp x"


def test_a_flowed_paragraph_is_one_line_again() -> None:
    assert unflowed("a \nb\n> c \n-- \nd") == "a b\n> c \n-- \nd"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<p>نعم</p><p>شكرا</p><div class='gmail_quote'>في يوم كتب</div>", "نعم\n\nشكرا"),
        (
            "<head><style>p{}</style><title>x</title></head><body>oui<br>non<blockquote type=cite>x</blockquote>",
            "oui\nnon",
        ),
        ("<div>a</div><div id='x_divRplyFwdMsg'>From: b</div>", "a"),
        ("<script>alert(1)</script><p onclick='x'>a &lt;b&gt; c</p>", "a <b> c"),
        ("a<!-- hidden --> b<!-- never ended <p>c", "a b"),
        ("<p>a</p><div style='border:none;border-top:solid #E1E1E1 1.0pt'>From: x</div>", "a"),
        ("<div class='yahoo_quoted'>all of it</div>", "all of it"),
        (
            "نعم<br><div id='ymail_android_signature'>من Yahoo</div><blockquote>كتب:<p>x</p></blockquote>",
            "نعم",
        ),
        ("1 < 2 & 3", "1 < 2 & 3"),
    ],
)
def test_words_in_html_are_those_a_reader_sees_before_the_quotation(source: str, words: str) -> None:
    assert text_of_html(source) == words


def test_each_report_means_what_its_status_and_words_say() -> None:
    wrong = [(one.name, one.meaning, verdict(one.raw)) for one in bounces() if verdict(one.raw) != one.meaning]
    assert not wrong, wrong[:10]


def test_a_report_about_somebody_else_says_nothing_of_the_address() -> None:
    raw = report("postfix", "other@example.test", TO, action="failed", status="5.1.1")
    assert verdict(raw) == "no_report"


def test_of_several_news_the_best_counts() -> None:
    raw = report("postfix", ADDRESS, TO, action="failed", status="5.1.1")
    group = f"\r\nFinal-Recipient: rfc822; {ADDRESS}\r\nAction: delivered\r\nStatus: 2.0.0\r\n"
    part = b"\r\n--B/x\r\nContent-Type: message/rfc822"
    raw = raw.replace(part, group.encode() + part)
    assert verdict(raw) == Verdict.ARRIVED


def test_a_report_whose_lines_were_encoded_is_read() -> None:
    raw = report("gmail", ADDRESS, TO, action="failed", status="5.1.1")
    head, mark, rest = raw.partition(b"Content-Type: message/delivery-status\r\n")
    assert verdict(head + mark + b"Content-Transfer-Encoding: 7bit\r\n" + rest) == Verdict.HARD


def test_every_report_is_known_for_one_and_every_robot_for_a_robot() -> None:
    mails = [one.raw for one in bounces()] + list(robots(READER, TO))
    missed = [raw[:200] for raw in mails if not why_robot(read_mail(raw).message, None)]
    assert not missed, missed[:5]


def test_subject_name_and_words_are_hints_and_no_proof() -> None:
    for raw in perhaps_robots(READER, TO):
        read = read_mail(raw)
        assert may_be_robot(read), raw.decode()
        assert not why_robot(read.message, None)
    people = [raw.decode() for raw in by_people(READER, TO) if may_be_robot(read_mail(raw))]
    assert not people


def test_an_empty_envelope_sender_is_that_of_a_program() -> None:
    message = read_mail(b"From: president@example.test\n\nx").message
    assert why_robot(message, "")
    assert why_robot(message, "<>")
    assert why_robot(message, "MAILER-DAEMON")
    assert not why_robot(message, "president@example.test")
    assert not why_robot(message, None)


@pytest.mark.parametrize(
    "header",
    [
        '"president@example.test" <evil@example.org>',
        "president@example.test <evil@example.org>",
        "=?utf-8?q?president=40example=2Etest?= <evil@example.org>",
        "<president@example.test> <evil@example.org>",
        "president@example.test, evil@example.org",
        "evil@example.org\r\nFrom: president@example.test",
        "president@example.test@evil.example",
        "president@example.test\x00evil",
        "a:president@example.test;",
        "president@example.test) evil",
        "",
    ],
)
def test_no_trick_makes_a_sender_look_like_another(header: str) -> None:
    assert read_mail(f"From: {header}\r\n\r\nx".encode()).sender != READER


def test_plain_senders_are_read_in_every_spelling() -> None:
    spellings = (
        "president@example.test",
        "<President@Example.Test>",
        '"Driss, El Alami" <president@example.test>',
        "=?utf-8?b?2LHYptmK2LM=?= <president@example.test>",
        "رئيس الجماعة <president@example.test>",
        "president@example.test (Driss)",
    )
    assert {read_mail(f"From: {one}\r\n\r\nx".encode()).sender for one in spellings} == {READER}


def test_words_are_read_in_the_charsets_that_arabic_comes_in() -> None:
    for charset in ("utf-8", "windows-1256", "iso-8859-6", "utf-16", "x-unknown"):
        body = "نعم".encode("utf-8" if charset == "x-unknown" else charset)
        raw = f"From: a@b.test\nContent-Type: text/plain; charset={charset}\n\n".encode() + body
        assert read_mail(raw).words.strip() == "نعم", charset


@pytest.mark.parametrize(
    ("claimed", "content", "read"),
    [
        ("utf-8", "نعم وصلت".encode() + b"\xff", "نعم وصلت\ufffd"),
        ("us-ascii", "نعم".encode("windows-1256"), "نعم"),
        ("", "نعم، وصلت الوثيقة يوم 3.".encode("windows-1256"), "نعم، وصلت الوثيقة يوم 3."),
        ("", "La convention a été signée à Taza.".encode("windows-1252"), "La convention a été signée à Taza."),
        ("utf-8", "Accord donné.".encode("windows-1252"), "Accord donné."),
    ],
)
def test_words_under_a_wrong_charset_are_read_as_far_as_they_can_be(claimed: str, content: bytes, read: str) -> None:
    kind = f"; charset={claimed}" if claimed else ""
    assert read_mail(f"From: a@b.test\nContent-Type: text/plain{kind}\n\n".encode() + content).words == read


def test_files_come_with_their_names_and_logos_do_not() -> None:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = READER, "توضيحات"
    mail.set_content("كلمات")
    mail.add_alternative("<p>كلمات <img src='cid:x'></p>", subtype="html")
    mail.get_payload()[1].add_related(b"GIF89a", "image", "gif", cid="<x>")  # type: ignore[union-attr, index]
    mail.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="محضر الدورة.pdf")
    read = read_mail(mail.as_bytes())
    assert (read.words.strip(), [file.name for file in read.files]) == ("كلمات", ["محضر الدورة.pdf"])
    assert read.subject == "توضيحات"


def test_nothing_hostile_stops_the_reader_or_keeps_it_long() -> None:
    most = most_for(partial(look_at, f"From: {READER}\nTo: {TO}\n\n{HONEST}".encode()))
    for raw in (*hostile(TO), *by_chance(TO, 1000, seed=20261130)):
        assert is_light(partial(look_at, raw), most), raw[:200]


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=3000))
def test_any_bytes_are_a_mail_or_unreadable(raw: bytes) -> None:
    look_at(raw)
    look_at(
        b"From: a@b.test\nContent-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n"
        + raw
    )


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=2000))
def test_any_words_may_be_written(text: str) -> None:
    words = written_words(text)
    assert len(words) <= len(text)
    assert written_words(words) is not None
    text_of_html(text)


def test_what_is_costly_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(Unreadable, match="too_large"):
        read_mail(b"x" * 26_000_001)
    with pytest.raises(Unreadable, match="too_many_parts"):
        read_mail(b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\nContent-Type: multipart/mixed\n\n" * 200)
    with pytest.raises(Unreadable, match="headers_too_large"):
        read_mail(b"X: " + b"y" * 300_000 + b"\n\nx")
    with pytest.raises(Unreadable, match="empty"):
        read_mail(b" \r\n ")


def look_at(raw: bytes) -> None:
    try:
        read = read_mail(raw)
    except Unreadable:
        return
    written_words(read.words)
    read_reports(read.message)
    why_robot(read.message, None)
    may_be_robot(read)


def test_a_file_keeps_its_bytes() -> None:
    assert read_mail(with_file(TO, "a.pdf", b"\x00\xff%PDF")).files[0].content == b"\x00\xff%PDF"
