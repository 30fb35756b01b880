"""Telephone numbers are read as people write them, kept in one way, and shown as they are written at home."""

import pytest

from escalation.domain.phones import phone_text, read_phone, sign_in_name

MINE = "+212612345678"


@pytest.mark.parametrize(
    "typed",
    ["0612345678", "06 12 34 56 78", "06.12.34.56.78", "06-12-34-56-78", "+212612345678", "+212 6 12 34 56 78",
     "00212612345678", "+212 (0) 612345678", "٠٦١٢٣٤٥٦٧٨", "٠٦ ١٢ ٣٤ ٥٦ ٧٨", "+٢١٢٦١٢٣٤٥٦٧٨", " 0612345678 ",
     "612345678", "0612\u00a0345678", "\u200f0612345678"],
)  # fmt: skip
def test_one_number_is_the_same_however_it_is_written(typed: str) -> None:
    assert read_phone(typed) == MINE


@pytest.mark.parametrize(
    "typed",
    ["", " ", "061234567", "06123456789", "1234", "+2126", "0612345678 ext 5", "call me", "a0612345678", "++++",
     "0612345678" * 9, "۰" * 30, "president@example.test", "0000000000"],
)  # fmt: skip
def test_what_nobody_can_dial_is_no_number(typed: str) -> None:
    assert read_phone(typed) is None


def test_a_number_of_another_country_says_so() -> None:
    assert read_phone("+33 6 12 34 56 78") == "+33612345678"
    assert read_phone("0033612345678") == "+33612345678"


@pytest.mark.parametrize("phone", [MINE, "+212522123456", "+33612345678", "+12025550123"])
def test_a_number_is_shown_so_that_it_can_be_typed_again(phone: str) -> None:
    assert read_phone(phone_text(phone)) == phone
    assert phone_text("") == ""


def test_a_moroccan_number_is_shown_as_at_home() -> None:
    assert phone_text(MINE) == "06 12 34 56 78"


@pytest.mark.parametrize(
    ("typed", "name"),
    [(" President@Example.TEST ", "president@example.test"), ("06 12 34 56 78", MINE), ("nobody", "nobody"), ("", "")],
)
def test_what_one_signs_in_by_is_an_address_or_a_number(typed: str, name: str) -> None:
    assert sign_in_name(typed) == name
