"""`python -m tests.domain.regenerate` writes the golden file of the moves; read what changed in it line by line."""

from tests.domain.grid import GOLDEN, allowed_lines

if __name__ == "__main__":
    GOLDEN.write_text("".join(f"{line}\n" for line in allowed_lines()), encoding="utf-8")
