"""Write the golden mails anew: `python -m tests.mail.regenerate`, then read the difference before it is kept."""

from __future__ import annotations

from escalation.mail.render import render
from tests.mail import account_letters, answerable, digest_letters, office_letters
from tests.mail.letters import GOLDEN, LETTERHEAD, Case, every_case


def golden_text(case: Case) -> str:
    """Return what a golden file holds: the subject, then the text part."""
    mail = render(case.letter, LETTERHEAD)
    return f"Subject: {mail.subject}\n\n{mail.text}"


FOLDERS = {
    account_letters.GOLDEN: account_letters.every_account_case,
    office_letters.GOLDEN: office_letters.every_office_case,
    answerable.GOLDEN: answerable.every_answerable_case,
    digest_letters.GOLDEN: digest_letters.every_digest_case,
    GOLDEN: every_case,
}
AS_HTML = ("digest.daily.", "obstacle_filed.desk.")
"""Of these, the other part is held too."""


def main() -> None:
    """Replace every golden file; those of mails that are no more go away."""
    for folder, every in FOLDERS.items():
        folder.mkdir(exist_ok=True)
        for path in folder.iterdir():
            path.unlink()
        for case in every():
            (folder / f"{case.name}.txt").write_text(golden_text(case), encoding="utf-8")
            if case.name.startswith(AS_HTML) and case.name.count(".") == 2:
                (folder / f"{case.name}.html").write_text(render(case.letter, LETTERHEAD).html, encoding="utf-8")


if __name__ == "__main__":
    main()
