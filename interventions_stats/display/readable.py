"""A frame of running text that prints whole, within the width of a page."""

from __future__ import annotations

import pandas as pd

from interventions_stats.display.contract import WIDTH
from interventions_stats.display.text import frame_text

_LEAST, _MOST_ROWS = 8, 150  # characters a column needs, and rows beyond which pandas' own abridged view is kinder


class ReadableFrame(pd.DataFrame):
    """A DataFrame whose cells are sentences: they are wrapped and not cut, on a terminal and in a notebook.

    Examples
    --------
    >>> print(ReadableFrame({"term": ["frontier"], "meaning": ["The largest effect that the data have not rejected."]}))
    term      meaning
    frontier  The largest effect that the data have not rejected.
    """

    @property
    def _constructor(self) -> type[ReadableFrame]:
        return ReadableFrame

    def __repr__(self) -> str:
        shown = self.reset_index() if self.index.name is not None else self
        if shown.empty or len(shown) > _MOST_ROWS or len(shown.columns) * (_LEAST + 2) > WIDTH:
            return super().__repr__()
        return frame_text(pd.DataFrame(shown), WIDTH)

    def _repr_html_(self) -> str | None:
        with pd.option_context("display.max_colwidth", None):
            return super()._repr_html_()  # type: ignore[operator]
