"""Every public function of numbers with every input of the table, counted into docs/results/inputs.md.

Usage::

    python -m tests.inputs.run [--only NAME ...] [--show]
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from tests.inputs.calls import calls
from tests.inputs.matrix import INTERNAL, READ, REFUSED, WRONG, cells, numbers_of, outcome
from tests.inputs.values import LIBRARIES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "results" / "inputs.md"
ENDS = (READ, REFUSED, WRONG, INTERNAL)


def count(only: tuple[str, ...] = ()) -> tuple[dict[str, Counter[str]], list[str]]:
    """Count how the cells of each function ended, and describe those that ended wrong."""
    table: dict[str, Counter[str]] = {}
    wrong = []
    for call in calls():
        if only and call.name.split(" ")[0] not in only:
            continue
        expected = numbers_of(call.run())
        table[call.name] = Counter()
        for cell in cells(call):
            end, why = outcome(call, cell, expected)
            table[call.name][end] += 1
            if end in (WRONG, INTERNAL):
                wrong.append(f"{call.name}({cell.parameter}={cell.input}): {end}: {why}")
    return table, wrong


def page(table: dict[str, Counter[str]], wrong: list[str]) -> str:
    """The page of the counts."""
    total = sum(table.values(), Counter())
    lines = [
        "# Inputs",
        "",
        "Printed by `python -m tests.inputs.run`: each public function of numbers is called with each input that",
        "`tests/inputs/values.py` holds for the role of each of its parameters. An input that holds the clean numbers in another",
        "container must give what the plain array gives, or be refused; any other must be refused by an error of the library.",
        f"Containers of {', '.join(LIBRARIES) or 'numpy and pandas'} are among them.",
        "",
        f"| function | {' | '.join(ENDS)} |",
        "|---|" + "---:|" * len(ENDS),
        *(f"| `{name}` | {' | '.join(str(ends[e]) for e in ENDS)} |" for name, ends in table.items()),
        f"| **all {sum(total.values())}** | {' | '.join(f'**{total[e]}**' for e in ENDS)} |",
    ]
    if wrong:
        lines += ["", "## What ended wrong", "", *(f"- {line}" for line in wrong)]
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", default=(), help="names of functions; nothing is written then")
    chosen = parser.parse_args()
    table, wrong = count(tuple(chosen.only))
    text = page(table, wrong)
    print(text)
    if not chosen.only:
        PAGE.write_text(text, encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
