"""What of a result fits on a page: the statement, its verdict, and the numbers that a reader asks for first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from interventions_stats.rules.formatting import PRACTICE

if TYPE_CHECKING:
    import pandas as pd

    from interventions_stats.assessment.result import Result


def board(propositions: pd.DataFrame) -> pd.DataFrame:
    """What fits on a terminal: verdict, ratio, the effects excluded, the smallest detectable, onsets, grade and flags."""
    import pandas as pd

    onsets = propositions["n_identifying"].astype(str) + "/" + propositions["n_events_total"].astype(str)
    return pd.DataFrame(
        {
            "id": propositions["proposition"],
            "driver": propositions["driver"],
            "verdict": propositions["verdict"].str.replace("inconclusive_", "inconcl. ").str.replace("_", " "),
            "ratio": propositions["ratio"],
            "excluded >": [_bound(x) for x in propositions["frontier"].astype(float)],
            "detects >=": propositions["mde"],
            "onsets": onsets,
            "grade": propositions["grade"],
            "flags": propositions["flags"].str.replace("_", "-"),
        }
    )


def _bound(ratio: float) -> float | str:
    """A bound in a cell; one above 5 is none in practice."""
    return "none" if ratio > PRACTICE else ratio


def compact(results: Iterable[Result]) -> pd.DataFrame:
    """One row a result for a notebook: its statement in place of an id, and the bounds in words."""
    import pandas as pd

    from interventions_stats.display.figures.style import VERDICTS, words
    from interventions_stats.display.rounding import rounded

    def row(label: str, r: Result) -> dict[str, object]:
        g = r.glance().iloc[0]
        verdict = VERDICTS[r.verdict][3] if r.verdict in VERDICTS else words(r.verdict)
        interval = f"{rounded(g['ratio'])} [{rounded(g['ratio_low90'])}, {rounded(g['ratio_high90'])}]"
        return {
            "proposition": label, "verdict": verdict, "ratio [90%]": interval if r.evidence.raw is not None else "-",
            "excluded above": rounded(g["frontier"]), "of interest": rounded(g["sesoi"]), "would be seen from": rounded(g["mde"]),
            "onsets": f"{g['n_identifying']} of {max(g['n_events_total'], g['n_identifying'])}", "grade": r.grade,
        }  # fmt: skip

    return pd.DataFrame(
        [row(f"{r.proposition.statement or r.proposition.exposure} ({r.proposition.id})", r) for r in results]
    )
