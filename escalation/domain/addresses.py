"""E-mail addresses: read as they are typed, kept in one spelling."""

from email_validator import EmailNotValidError, validate_email


def read_email(text: str) -> str | None:
    """Return an address in small letters, checked for its form alone; None when it is none."""
    try:
        checked = validate_email(text.strip(), check_deliverability=False, test_environment=True, allow_smtputf8=False)
    except EmailNotValidError:
        return None
    return str(checked.normalized).lower()
