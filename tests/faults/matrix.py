"""The fault matrix: every fault that is thrown at the program, and what must hold besides the one promise."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Row:
    """One fault: its number, its words, and what must hold."""

    number: int
    fault: str
    holds: str


# fmt: off
ROWS: tuple[Row, ...] = (
    Row(1, "the web killed before it commits", "nothing is stored, nothing is sent; the same form again acts once"),
    Row(2, "the web killed after the commit and before the wake-up", "the poller sends it"),
    Row(3, "the answer lost on its way to the person", "the same form again leads to the same case"),
    Row(4, "Redis stopped", "no form fails, mail leaves, the installation stays fit to serve"),
    Row(5, "Redis hung", "no form waits for it"),
    Row(6, "Redis emptied again and again, and restarted without its memory", "nothing is lost"),
    Row(7, "Redis full, refusing or forgetting", "nothing is lost"),
    Row(8, "connections to Redis reset again and again", "wake-ups are taken again without anybody's help"),
    Row(9, "a sender killed before it connects", "nothing is sent twice"),
    Row(10, "a sender killed after the relay's answer, before it is noted",
        "one double at most, the same letter, and only once its lease is over"),
    Row(11, "a letter that kills whoever sends it", "put aside after three deaths; all others leave"),
    Row(12, "a sender asleep past its lease, then awake", "what it brings late is ignored; one double at most"),
    Row(13, "two dispatchers and two clocks", "nothing is sent twice, each tick is once"),
    Row(14, "the relay puts off, again and again", "it arrives; the pauses grow and differ"),
    Row(15, "the relay refuses one recipient for good", "that one alone fails, and the page of the case says so"),
    Row(16, "the relay refuses us: sign-in, sender, an untrusted certificate, no STARTTLS",
        "nothing fails, an alarm is logged, nothing is said in clear"),
    Row(17, "the relay accepts and falls silent", "the others are not starved"),
    Row(18, "cut after the last dot, before the answer", "uncertain; one double at most, the same letter"),
    Row(19, "cut in the middle of a text", "nothing partial is taken, nothing is sent twice"),
    Row(20, "PostgreSQL restarted: in order, at once, killed",
        "people read a page that says so and keeps what they typed; no process needs a restart"),
    Row(21, "database connections ended while results are recorded", "as row 10"),
    Row(22, "PostgreSQL hung, slow, locked", "the wait has an end; no pile of threads"),
    Row(23, "SQLite with eight writers, killed in a write, without its log of writes",
        "no error page, the file is whole"),
    Row(24, "clocks days wrong, set back, of another zone",
        "leases and pauses are the database's; no age is negative; UTC"),
    Row(25, "the disk full", "pages are read, nothing is half there, it heals when there is room"),
    Row(26, "a real Postfix stopped, putting off, killed", "what it took is sent for us, and it carries it on"),
    Row(27, "fifty wake-ups for one", "nothing is sent twice"),
    Row(28, "inbound: a reply twice, a bounce before its mail was noted, two robots", "one comment; no loop"),
    Row(29, "the program renewed under load, after the newer tables", "nobody is refused for good"),
    Row(30, "a backup brought back", "what had left stays silent; what is lost is known"),
    Row(31, "no memory left for a sender", "as rows 9 and 11"),
    Row(32, "ten thousand mails that can wait, five a second", "a sign-in code arrives within half a minute"),
)
# fmt: on


@dataclass(frozen=True)
class Proof:
    """One test that proves rows of the matrix."""

    file: str
    name: str
    in_every_run: bool


def proofs() -> dict[int, list[Proof]]:
    """Return the tests of each row, as their marks in this folder say."""
    found: dict[int, list[Proof]] = {row.number: [] for row in ROWS}
    for path in sorted(HERE.glob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        whole_file = any("whole_matrix" in ast.unparse(node) for node in tree.body if isinstance(node, ast.Assign))
        for function in (node for node in tree.body if isinstance(node, ast.FunctionDef)):
            marks = [ast.unparse(mark) for mark in function.decorator_list]
            is_long = whole_file or "pytest.mark.whole_matrix" in marks
            for mark in function.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.fault":
                    for number in mark.args:
                        assert isinstance(number, ast.Constant)
                        found[int(str(number.value))].append(Proof(path.name, function.name, not is_long))
    return found


def table() -> str:
    """Return the matrix as the page shows it."""
    lines = ["| | fault | what must hold | tests |", "|---|---|---|---|"]
    for row in ROWS:
        tests = "<br>".join(
            f"`{proof.file[:-3]}::{proof.name}`{'' if proof.in_every_run else ' *'}" for proof in proofs()[row.number]
        )
        lines.append(f"| {row.number} | {row.fault} | {row.holds} | {tests} |")
    return "\n".join(lines) + "\n"
