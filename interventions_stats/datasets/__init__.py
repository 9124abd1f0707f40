"""The bundled tables: what there is, how to load it, what each column means and whom to cite.

The modules behind these names import pandas only inside their functions, so
``ist.datasets.load`` is reachable without paying for it.  The names are bound
here eagerly on purpose: a module and its function share a name, and a lazy
lookup would hand out the module once anything had imported it directly.
"""

from __future__ import annotations

from interventions_stats.datasets.catalogue import catalogue
from interventions_stats.datasets.cite import cite
from interventions_stats.datasets.describe import describe
from interventions_stats.datasets.load import load
from interventions_stats.datasets.package import data_version, digest

__all__ = ["catalogue", "cite", "data_version", "describe", "digest", "load"]


def __dir__() -> list[str]:
    return sorted(__all__)
