"""Write the published figures that tests hold the estimators against: ``python -m tests.reference.published FOLDER``.

FOLDER holds ``endometrial.csv``, ``sex2.csv``, ``bladder2.csv``, ``thatcher.csv`` and ``us_approval_wooldridge.csv`` as the
packages named below export them. What is kept are the figures that were printed in the works cited, by column and without
those that no test uses; no text or code of the packages is taken. ``published.json`` names work, source, status and the
sha256 of the file read.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd

PLACE = Path(__file__).with_name("published.json")
FACTS = "figures as published; data of a clinical study, free of text"
POLLS = "percentages as published, free of text"
SETS: dict[str, dict[str, Any]] = {
    "endometrial": {
        "columns": ["NV", "PI", "EH", "HG"],
        "work": "Heinze, G., & Schemper, M. (2002). A solution to the problem of separation in logistic regression. Statistics in Medicine, 21.",
        "source": "R package brglm2, data set endometrial", "status": FACTS,
    },
    "sex2": {
        "columns": ["case", "age", "oc", "vic", "vicl", "vis", "dia"],
        "work": "Foxman, B., Marsh, J., Gillespie, B., Rubin, N., Koopman, J. S., & Spear, S. (1997). Condom use and first-time "
        "urinary tract infection. Epidemiology, 8.",
        "source": "R package logistf, data set sex2", "status": FACTS,
    },
    "bladder2": {
        "columns": ["id", "rx", "number", "size", "start", "stop", "event"],
        "work": "Wei, L. J., Lin, D. Y., & Weissfeld, L. (1989). Regression analysis of multivariate incomplete failure time data by "
        "modeling marginal distributions. Journal of the American Statistical Association, 84.",
        "source": "R package survival, data set bladder2", "status": FACTS,
    },
    "thatcher": {
        "columns": ["date", "thatcher_sat"],
        "work": "Ipsos MORI, political monitor, satisfaction with the Prime Minister, 1980-1990.",
        "source": "R package stevedata, data set thatcher_approval", "status": POLLS,
    },
    "us_approval_wooldridge": {
        "columns": ["year", "month", "approve"],
        "work": "Wooldridge, J. M. Introductory Econometrics: a modern approach. Monthly approval of the President, 2001-2007.",
        "source": "R package wooldridge, data set approval", "status": POLLS,
    },
}  # fmt: skip


def main(folder: Path) -> None:
    out = {}
    for name, described in SETS.items():
        content = (folder / f"{name}.csv").read_bytes()
        frame = pd.read_csv(folder / f"{name}.csv")[described["columns"]]
        figures = {c: frame[c].tolist() for c in described["columns"]}
        about = {k: v for k, v in described.items() if k != "columns"}
        out[name] = about | {"sha256": hashlib.sha256(content).hexdigest(), "figures": figures}
    sets = [f" {json.dumps(n)}: {json.dumps(s, separators=(',', ':'), ensure_ascii=False)}" for n, s in out.items()]
    PLACE.write_text("{\n" + ",\n".join(sets) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
