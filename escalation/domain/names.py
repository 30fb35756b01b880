"""The names that people have: one in Arabic letters, one in Latin letters."""


def name_in(language: str, in_arabic: str, in_latin: str) -> str:
    """Return the name of a person in the letters of a language."""
    return in_arabic if language == "ar" else in_latin
