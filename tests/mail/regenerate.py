"""Write the golden mails anew: `python -m tests.mail.regenerate`, then read the difference before it is kept."""

from __future__ import annotations

from escalation.mail.render import render
from tests.mail import account_letters, answerable, digest_letters, office_letters
from tests.mail.letters import GOLDEN, LETTERHEAD, Case, every_case


def golden_text(case: Case) -> str:
    """Return what a golden file holds: the subject, then the text part."""
    mail = render(case.letter, LETTERHEAD)
    return f"Subject: {mail.subject}\n\n{mail.text}"


def main() -> None:
    """Replace every golden file; those of mails that are no more go away."""
    folders = (GOLDEN, office_letters.GOLDEN, answerable.GOLDEN, digest_letters.GOLDEN)
    for folder in folders:
        folder.mkdir(exist_ok=True)
    for path in (path for folder in folders for path in folder.iterdir()):
        path.unlink()
    for path in account_letters.GOLDEN.iterdir():
        path.unlink()
    for case in account_letters.every_account_case():
        (account_letters.GOLDEN / f"{case.name}.txt").write_text(golden_text(case), encoding="utf-8")
    for case in office_letters.every_office_case():
        (office_letters.GOLDEN / f"{case.name}.txt").write_text(golden_text(case), encoding="utf-8")
    for case in answerable.every_answerable_case():
        (answerable.GOLDEN / f"{case.name}.txt").write_text(golden_text(case), encoding="utf-8")
    for case in digest_letters.every_digest_case():
        (digest_letters.GOLDEN / f"{case.name}.txt").write_text(golden_text(case), encoding="utf-8")
        if case.name.startswith("digest.daily."):
            html = render(case.letter, LETTERHEAD).html
            (digest_letters.GOLDEN / f"{case.name}.html").write_text(html, encoding="utf-8")
    for case in every_case():
        (GOLDEN / f"{case.name}.txt").write_text(golden_text(case), encoding="utf-8")
        if case.name.startswith("obstacle_filed.desk.") and case.name.count(".") == 2:
            html = render(case.letter, LETTERHEAD).html
            (GOLDEN / f"{case.name}.html").write_text(html, encoding="utf-8")


if __name__ == "__main__":
    main()
