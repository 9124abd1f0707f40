"""The major powers of the COW system since 1946."""

from __future__ import annotations

import pandas as pd

LAST_YEAR = 2024
# COW number -> abbreviation, first year as a major power since 1946 (COW list v2016, taken as unchanged after 2016)
MAJOR_POWERS: dict[int, tuple[str, int]] = {
    2: ("usa", 1946),
    200: ("gbr", 1946),
    220: ("fra", 1946),
    255: ("deu", 1991),
    365: ("rus", 1946),
    710: ("chn", 1950),
    740: ("jpn", 1991),
}


def major_power_years() -> pd.DataFrame:
    """Return one row (ccode, year) for each year of each major power, 1946-2024."""
    rows = [(ccode, year) for ccode, (_, first) in MAJOR_POWERS.items() for year in range(first, LAST_YEAR + 1)]
    return pd.DataFrame(rows, columns=["ccode", "year"])
