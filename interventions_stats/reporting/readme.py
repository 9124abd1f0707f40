"""The first screen of the README, printed from the packaged record.

``python -m interventions_stats.reporting.readme README.md`` rewrites the part between the two marks and draws the
verdict forest beside it; a test holds the README against what this prints.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

from interventions_stats.display.rounding import rounded
from interventions_stats.drivers.registry import DRIVERS, PROPOSITIONS
from interventions_stats.errors import InputError
from interventions_stats.events.definitions import RECONSTRUCTED_NOTE
from interventions_stats.rules.formatting import PRACTICE

BEGIN, END = "<!-- verdicts: begin -->", "<!-- verdicts: end -->"


def findings_table(record: dict[str, Any]) -> str:
    """Markdown: one row a claim that was tested, as a statement; what is excluded, and the chance to have missed an effect."""
    from interventions_stats.replication.studies.russia import RUSSIA

    lines = ["| the study says | in these data | by its own test | excluded above | missed |", "|---|---|---|---|---|"]
    for claim in RUSSIA.claims:
        found = record["findings"][claim.id]
        if found["finding"] == "not testable":
            continue
        chance = found["chance"]["at_sesoi"]
        missed = "-" if chance is None else f"{chance:.2f}".lstrip("0")
        bound = _excluded(found["excluded_above"])
        lines.append(f"| {claim.text} ({claim.id}) | {found['finding']} | {found['decided']} | {bound} | {missed} |")
    return "\n".join(lines)


def _excluded(ratio: float | None) -> str:
    return "-" if ratio is None else "none" if ratio > PRACTICE else rounded(ratio)


def verdict_table(record: dict[str, Any]) -> str:
    """Markdown: one row a driver; each proposition with what was ruled out, what could have been seen, onsets used."""
    lines = [
        "| driver | verdict | effects above this rejected | smallest detectable | onsets used |",
        "|---|---|---|---|---|",
    ]
    for d in DRIVERS:
        entries = {p.id: record["propositions"][p.id] for p in d.propositions if p.family}
        cells = [_each(entries, field) for field in ("frontier", "mde", "n_identifying")]
        verdict = record["drivers"][d.name]["verdict"].replace("_", ", ", 1).replace("_", " ")
        lines.append(
            f"| {d.title} | {verdict} | {' · '.join(cells[0])} | {' · '.join(cells[1])} | {' · '.join(cells[2])} |"
        )
    return "\n".join(lines)


def _each(entries: dict[str, dict[str, Any]], field: str) -> list[str]:
    out = []
    for name, entry in entries.items():
        value = entry[field]
        if entry["verdict"] == "not_testable":
            text = "not testable" if field == "frontier" else "-"
        elif value is None:
            text = "no bound" if field == "frontier" else "-"
        else:
            text = str(value) if field == "n_identifying" else "none" if value > 1e6 else rounded(value)
        out.append(f"{name} {text}")
    return out


def block(record: dict[str, Any]) -> str:
    """Everything between the marks of the README."""
    ran = [p for p, e in record["propositions"].items() if PROPOSITIONS[p].family and e["verdict"] != "not_testable"]
    versions = record["versions"]
    said = [f["finding"] for f in record["findings"].values()]
    told = [w for w in said if w in ("reproduced", "partly", "not reproduced")]
    reproduced, partly = told.count("reproduced"), told.count("partly")
    return "\n".join(
        [
            BEGIN,
            f"**{reproduced} of {len(told)} findings of the study are reproduced, {partly} in part.** How large an effect each excludes, "
            "and what could not have been seen, stands beside it.",
            "",
            findings_table(record),
            "",
            "Excluded above: effects larger than this are rejected at one-sided 95%, smaller ones are not; `none`: unbounded in practice "
            "(above 5). Missed: the chance that the study's own test would show nothing with an effect of the size of interest.",
            "",
            "![Verdicts: ratio, 90% interval and smallest effect of interest of each proposition](docs/images/verdicts.svg)",
            "",
            verdict_table(record),
            "",
            f"Ratios per within-stratum SD or of exposed to unexposed (of ranks: odds of superiority); {len(ran)} propositions ran.",
            f"Printed from the record of a full run (seed {record['seed']}, interventions_stats {versions['interventions_stats']}, data {versions['data'][:12]}).",
            RECONSTRUCTED_NOTE,
            END,
        ]
    )


def rewrite(readme: Path) -> bool:
    """Put the block of the packaged record between the marks; return whether the file changed."""
    from interventions_stats.display.files import write_text
    from interventions_stats.replication.record import load_record

    text = readme.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        raise InputError(f"{readme} lacks the marks {BEGIN} and {END}")
    record = load_record()
    new = text[: text.index(BEGIN)] + block(record) + text[text.index(END) + len(END) :]
    draw(record, readme.parent / "docs" / "images" / "verdicts.svg")
    if new != text:
        write_text(new, readme)
    return new != text


def draw(record: dict[str, Any], path: Path) -> None:
    """Draw the forest of a record as SVG, the same bytes for the same record."""
    import matplotlib

    from interventions_stats.display.files import write_bytes

    matplotlib.use("Agg")
    import pandas as pd

    from interventions_stats.display.figures.style import look
    from interventions_stats.display.figures.verdict_forest import verdict_forest
    from interventions_stats.rules.sesoi import sesoi

    family = [p for p in PROPOSITIONS.values() if p.family]
    sizes = {p.id: sesoi(p.delta, p.scale).ratio for p in family}  # type: ignore[arg-type]
    rows = [
        {"proposition": p.id, "label": p.statement, "sesoi": sizes[p.id]} | record["propositions"][p.id] for p in family
    ]
    with look({"svg.hashsalt": "interventions_stats"}):
        ax = verdict_forest(pd.DataFrame(rows))
        drawn = io.BytesIO()
        ax.get_figure(root=True).savefig(drawn, format="svg", metadata={"Date": None})  # type: ignore[union-attr]
    write_bytes(drawn.getvalue(), path)


if __name__ == "__main__":
    rewrite(Path(sys.argv[1] if len(sys.argv) > 1 else "README.md"))
