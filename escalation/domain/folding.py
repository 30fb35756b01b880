"""Comparing names as people write them: without accents, vowel signs, joined spellings or the case of letters."""

import unicodedata

from escalation.domain.typed import western_digits

_LETTERS = str.maketrans(
    {"ى": "ي", "ی": "ي", "ې": "ي", "ة": "ه", "ہ": "ه", "ک": "ك", "گ": "ك", "ڭ": "ك", "ڨ": "ك", "ڤ": "ف"}
)
_LEFT_OUT = frozenset({"Mn", "Cf", "Lm"})
_WHAT_IT_IS = frozenset(
    {"commune", "province", "prefecture", "region", "de", "du", "d"} | {"جماعه", "الجماعه", "اقليم", "عماله", "جهه"}
)


def fold(text: str) -> str:
    """Return the words of a text in their plainest letters, one space between them."""
    apart = unicodedata.normalize("NFKD", western_digits(text)).casefold()
    plain = "".join(char for char in apart if unicodedata.category(char) not in _LEFT_OUT).translate(_LETTERS)
    return " ".join("".join(char if char.isalnum() else " " for char in plain).split())


def name_key(text: str) -> str:
    """Return by what two spellings of one name are the same: its letters alone."""
    return fold(text).replace(" ", "")


def place_key(text: str) -> str:
    """Return the key of a place's name, whether or not it says first what kind of place it is."""
    words = fold(text).split()
    while len(words) > 1 and words[0] in _WHAT_IT_IS:
        words = words[1:]
    return "".join(words)
