"""The claims of a study as a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interventions_stats.replication.studies.russia import RUSSIA
from interventions_stats.replication.study import Study

if TYPE_CHECKING:
    import pandas as pd

CLAIMS = RUSSIA.claims


def claims(study: Study = RUSSIA) -> pd.DataFrame:
    """Return the registry of claims as a frame: id, text, kind, tested_by, reading, rule, contrary, note.

    Parameters
    ----------
    study : Study
        By default that of Russia.

    Returns
    -------
    DataFrame

    Examples
    --------
    >>> claims().set_index("id").loc["C11", "tested_by"]
    'L1'
    """
    from interventions_stats.display.readable import ReadableFrame

    columns = ["id", "text", "kind", "tested_by", "reading", "rule", "contrary", "note"]
    rows = [(c.id, c.text, c.kind, ", ".join(c.tested_by), c.reading, c.rule, "; ".join(c.contrary), c.note)
            for c in study.claims]  # fmt: skip
    return ReadableFrame(rows, columns=columns)
