"""Traits of the leader in office, by state and year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interventions_stats.datasets.kept import kept

if TYPE_CHECKING:
    import pandas as pd

# Column of leader_traits -> name in the panel; the prefix says whose coding it is.
_TRAITS = {
    "theta2": "lwuf_theta2",
    "theta2_sd": "lwuf_theta2_sd",
    "combat": "lead_combat",
    "military_service": "lead_milservice",
    "rebel": "lead_rebel",
    "war_win": "lead_warwin",
    "war_loss": "lead_warloss",
    "rebel_win": "lead_rebelwin",
    "rebel_loss": "lead_rebelloss",
    "military_career": "reign_military_career",
    "irregular_entry": "irregular_entry",
    "male": "male",
}


def traits_by_year() -> pd.DataFrame:
    """Return the traits of the leader in office on 1 July of each year, default leader coding only.

    Returns
    -------
    DataFrame
        One row a state and year with a leader on record, 1946-2024 (most sources end in March 2021): ``ccode``, ``year``,
        ``leader``, ``leader_age``, ``leader_tenure_years`` (on 1 July), ``lwuf_theta2`` (latent willingness to use force,
        Carter and Smith 2020, higher is more willing) and its ``_sd``, ``lead_combat``, ``lead_milservice``,
        ``lead_rebel``, ``lead_warwin``, ``lead_warloss``, ``lead_rebelwin``, ``lead_rebelloss`` (Ellis, Horowitz and
        Stam 2015), ``reign_military_career`` (Bell 2016), ``irregular_entry``, ``male``. Missing where the source has
        none: leaders who first entered after 2004 have no theta2 and no LEAD trait.

    Examples
    --------
    >>> traits = traits_by_year().set_index(["ccode", "year"])
    >>> traits.loc[(365, 1999), "leader"], traits.loc[(365, 2000), "leader"]
    ('Yeltsin', 'Putin')
    """
    return _traits().copy()


@kept(1)
def _traits() -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    from interventions_stats.datasets.load import load

    spells = load("leaders")
    spells = spells[spells["variant"].isna()]
    traits = load("leader_traits").set_index("spell_id")
    first, last = spells["start"], spells["end"].fillna(spells["observed_to"])
    # The first year whose 1 July is not before the spell, and the last whose 1 July is not after it.
    begin = (first.dt.year + ((first.dt.month * 100 + first.dt.day) > 701)).clip(lower=1946).to_numpy(int)
    stop = (last.dt.year - ((last.dt.month * 100 + last.dt.day) < 701)).to_numpy(int)
    n = np.maximum(stop - begin + 1, 0)
    row = np.repeat(np.arange(len(spells)), n)
    year = begin[row] + np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n)
    held = spells.iloc[row]
    known = traits.loc[held["spell_id"]]
    midyear = pd.to_datetime(pd.Series(year).astype(str) + "-07-01").to_numpy()
    frame = pd.DataFrame(
        {"ccode": held["actor_ccode"].to_numpy(int), "year": year, "leader": held["leader"].to_numpy()}
    )
    frame["leader_age"] = year - known["birth_year"].astype(float).to_numpy()
    tenure = (midyear - held["start"].to_numpy()) / np.timedelta64(1, "D") / 365.25
    frame["leader_tenure_years"] = np.round(tenure.astype(float), 2)
    for column, name in _TRAITS.items():
        frame[name] = known[column].astype(float).to_numpy()
    return frame.sort_values(["ccode", "year"]).reset_index(drop=True)
