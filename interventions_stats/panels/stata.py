"""A panel as a Stata file, labelled and written whole or not at all."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interventions_stats.display.files import write_bytes
from interventions_stats.errors import InputError
from interventions_stats.events.dates import absent

if TYPE_CHECKING:
    import pandas as pd

_LABELS = {
    "period": "period", "year": "calendar year", "ccode": "COW number of the actor", "leader": "leader in office",
    "onset": "an intervention begins", "onsets": "interventions that begin", "ongoing": "interventions already under way",
    "peace": "periods since the last onset", "event_ids": "events that begin, joined by ;",
    "target_ccode": "COW number of the target", "iso3": "ISO 3166 code of the target", "name": "name of the target",
}  # fmt: skip
# Words that Stata keeps for itself, in the spelling that a column could have.
_RESERVED = {"byte", "double", "float", "int", "long", "if", "in", "using", "with", "strl", "_all", "_b", "_coef", "_cons",
             "_n", "_pi", "_pred", "_rc", "_skip"}  # fmt: skip
_NAME, _LABEL = 32, 80


def to_stata(panel: pd.DataFrame, path: str | os.PathLike[str]) -> Path:
    """Write a panel as a Stata file (format 118, Stata 14 and later).

    Periods become Stata months (``%tm``) or years. A covariate's name becomes one that Stata allows, and its label says
    what it was: ``-approval.change6`` is ``neg_approval_change6``, labelled "-approval.change6, lagged 1". Missing text
    is empty. The file is written whole or not at all.

    Parameters
    ----------
    panel : DataFrame
        What :func:`interventions_stats.panels.build.panel`, ``power_years`` or ``directed_dyad_years`` returned.
    path : str or path

    Returns
    -------
    Path
        Of the file.

    Raises
    ------
    InputError
        An infinite value, a column that Stata cannot hold, or a path that cannot be written.

    Examples
    --------
    >>> import tempfile, pandas as pd, interventions_stats as ist
    >>> months = ist.panel(ist.load_events(), covariates=["-approval.change6"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = to_stata(months, folder + "/months.dta")
    ...     pd.read_stata(file).columns[-1]
    'neg_approval_change6'
    """
    import pandas as pd

    if not isinstance(panel, pd.DataFrame):
        raise InputError(f"a panel is a DataFrame, not {type(panel).__name__}")
    names = stata_names([str(c) for c in panel.columns])
    labels = _LABELS | dict(panel.attrs.get("labels", {}))
    columns: dict[str, Any] = {}
    dates: dict[str, str] = {}
    for column, name in zip(panel.columns, names, strict=True):
        values, unit = _storable(panel[column])
        columns[name] = values
        if unit:
            dates[name] = unit
    frame = pd.DataFrame(columns)
    return _write(
        frame,
        Path(path),
        convert_dates=dates,
        variable_labels={n: str(labels.get(str(c), c))[:_LABEL] for c, n in zip(panel.columns, names, strict=True)},
        data_label=_data_label(panel.attrs)[:_LABEL],
    )


def stata_names(columns: list[str]) -> list[str]:
    """Turn column names into valid and distinct Stata names of at most 32 characters.

    >>> stata_names(["-approval", "brent.log_change12", "if", "1st"])
    ['neg_approval', 'brent_log_change12', '_if', '_1st']
    """
    out: list[str] = []
    for column in columns:
        text = f"neg_{column[1:]}" if column.startswith("-") else column
        text = re.sub(r"[^A-Za-z0-9_]", "_", text)
        if text[:1].isdigit() or text in _RESERVED or re.fullmatch(r"str\d+", text) or not text:
            text = f"_{text}"
        text, k = text[:_NAME], 2
        while text in out:
            tail = f"_{k}"
            text, k = text[: _NAME - len(tail)].removesuffix(f"_{k - 1}") + tail, k + 1
        out.append(text)
    return out


def _storable(column: pd.Series) -> tuple[Any, str]:
    """Return a column as Stata can hold it, and its date unit (``"tm"`` or none)."""
    import numpy as np
    import pandas as pd

    if isinstance(column.dtype, pd.PeriodDtype):
        if column.dt.freq.freqstr.startswith("M"):
            return column.dt.to_timestamp().to_numpy(), "tm"
        return column.dt.year.to_numpy(), ""
    if pd.api.types.is_bool_dtype(column.dtype):
        return column.to_numpy(dtype=np.int8), ""
    if pd.api.types.is_numeric_dtype(column.dtype):
        if pd.api.types.is_extension_array_dtype(column.dtype):
            column = column.astype("float64")
        values = column.to_numpy()
        if np.isinf(values.astype(float)).any():
            raise InputError(f"column {column.name!r} holds an infinite value; Stata has none")
        return values, ""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return column.to_numpy(), "td"
    return ["" if absent(cell) else str(cell) for cell in column], ""


def _data_label(attrs: dict[Any, Any]) -> str:
    parts = [str(attrs[k]) for k in ("actor", "unit", "definition") if k in attrs]
    if "n_events" in attrs:
        parts.append(f"{attrs['n_events']} of {attrs.get('n_events_total', attrs['n_events'])} events")
    return ", ".join(parts)


def _write(frame: pd.DataFrame, target: Path, **options: Any) -> Path:
    content = io.BytesIO()
    try:
        frame.to_stata(content, write_index=False, version=118, **options)
    except ValueError as error:
        raise InputError(f"{target}: cannot be written ({error})") from error
    return write_bytes(content.getvalue(), target)
