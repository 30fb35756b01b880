"""The names that people have, in Arabic and in Latin letters, and how somebody is called whose name went."""

from escalation.domain.privacy import FORMER_MEMBER


def name_in(language: str, in_arabic: str, in_latin: str) -> str:
    """Return the name of a person in the letters of a language; of whom it went, that they were a member."""
    if in_arabic == FORMER_MEMBER["ar"]:
        return FORMER_MEMBER[language]
    return in_arabic if language == "ar" else in_latin
