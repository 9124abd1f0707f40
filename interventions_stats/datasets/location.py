"""Where the tables lie: inside an installed package, beside it in a checkout, or where the user says."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path

from interventions_stats.errors import DatasetError

VARIABLE = "INTERVENTIONS_DATASETS"
MANIFEST = "datapackage.json"


def folder() -> Path:
    """Return the folder that holds the tables and ``datapackage.json``.

    The environment variable ``INTERVENTIONS_DATASETS`` wins; then the folder
    ``tables`` that a wheel puts beside this module; then ``datasets`` at the
    root of a checkout, which is what an editable install reads.

    Returns
    -------
    Path
        A folder with a ``datapackage.json``.

    Raises
    ------
    DatasetError
        When none of the places has a ``datapackage.json``.

    Examples
    --------
    >>> (folder() / "datapackage.json").is_file()
    True
    """
    if override := os.environ.get(VARIABLE):
        chosen = Path(override)
        if not (chosen / MANIFEST).is_file():
            raise DatasetError(
                f"{VARIABLE} names {chosen}, which holds no {MANIFEST}. "
                "Point it at a folder written by datasets/recipes/build.py, or unset it."
            )
        return chosen
    places = candidates()
    for place in places:
        if (place / MANIFEST).is_file():
            return place
    looked = " or ".join(str(p) for p in places)
    raise DatasetError(
        f"the bundled tables were not found: no {MANIFEST} in {looked}. "
        f"Reinstall the package, build the tables with datasets/recipes/build.py, or set {VARIABLE}."
    )


def candidates() -> tuple[Path, Path]:
    """Return the two places that are searched: the wheel's ``tables``, then the checkout's ``datasets``."""
    here = resources.files("interventions_stats.datasets")
    if not isinstance(here, Path):
        raise DatasetError(
            "the package is imported from an archive, so its tables cannot be read as files. "
            f"Install it unpacked, or set {VARIABLE} to a folder with the tables."
        )
    return here / "tables", here.parents[1] / "datasets"
