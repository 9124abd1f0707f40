"""Which edition of its producer's data each source file is, the last year in it, and a newer edition known at release."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edition:
    """``name`` with the producer's number or date; ``newer`` is "" where none was known."""

    name: str
    last_year: int
    newer: str = ""


_MID, _REIGN = Edition("MID 5.0", 2014), Edition("REIGN, March 2021 (the last)", 2021)
_VDEM = "V-Dem 16"
_UCDP = Edition("UCDP/PRIO ACD 25.1", 2024, "the edition of 2026 (to 2025)")
_OWN = "compiled by this project"

EDITIONS: dict[str, Edition] = {
    "covariates/alliances_atop_ddy.parquet": Edition("ATOP 5.1", 2018),
    "covariates/blocs_membership.csv": Edition("COW IGO 3.0, with later accessions", 2024),
    "covariates/capabilities_nmc.csv": Edition("COW NMC 7.0", 2022),
    "covariates/contiguity_ddy.csv": Edition("COW Direct Contiguity 3.2", 2016),
    "covariates/coups_powell_thyne.csv": Edition("Powell and Thyne, to 2024", 2024),
    "covariates/democracy_vdem_uds.csv": Edition("V-Dem 15", 2024, _VDEM),
    "covariates/diplomatic_centrality.csv": Edition("COW Diplomatic Exchange 2006.1", 2005),
    "covariates/diplomatic_ties_count.csv": Edition("COW Diplomatic Exchange 2006.1", 2000),
    "covariates/economy_gdp.csv": Edition("World Bank and Maddison 2020", 2024, "Maddison 2023"),
    "covariates/elections_nelda.csv": Edition("NELDA, to 2012", 2012),
    "covariates/elections_reign.csv": _REIGN,
    "covariates/ert_country_year.csv": Edition("ERT 15", 2024),
    "covariates/igo_membership.csv": Edition("COW IGO 3.0", 2014),
    "covariates/leaders_archigos_lead.csv": Edition("Archigos 4.1 and LEAD", 2015),
    "covariates/leaders_reign.csv": _REIGN,
    "covariates/mids_cow5_ddy_disputes.csv": _MID,
    "covariates/navco13_country_year.csv": Edition("NAVCO 1.3", 2019),
    "covariates/neighbors_country_year.csv": Edition("COW Contiguity 3.2 and the columns it averages", 2024),
    "covariates/oil_gas.csv": Edition("Ross, and BP 2019", 2018),
    "covariates/protest_massmob.csv": Edition("Mass Mobilization, to 2018", 2018),
    "covariates/regime_type.csv": Edition("Bjornskov and Rode; Kailitz; Geddes, Wright and Frantz", 2021),
    "covariates/revolutions_21c_csra.csv": Edition("CSRA revolutions 9", 2022),
    "covariates/rivalries_ndy.csv": Edition("Thompson and Dreyer 2012; Thompson, Sakuwa and Suhas 2021", 2020),
    "covariates/russia_dyad_year.csv": Edition("columns of the other sources, by target", 2024, _VDEM),
    "covariates/russia_year.csv": Edition("columns of the other sources, for Russia", 2024, _VDEM),
    "covariates/state_year_spine.csv": Edition("COW State System v2016, continued", 2024),
    "covariates/trade_dyadic_cow.parquet": Edition("COW Trade 4.0", 2014),
    "covariates/trade_monadic_cow.csv": Edition("COW Trade 4.0", 2014),
    "covariates/ucdp_country_year.csv": _UCDP,
    "covariates/unga_idealpoints.csv": Edition("UNGA ideal points, July 2025", 2024),
    "covariates/wdi_2015vintage_1960_2014.csv": Edition("World Development Indicators, April 2015", 2014, "the current one"),
    "events/date_and_size_checks.csv": Edition(_OWN, 2024),
    "events/decision_context_a.csv": Edition(_OWN, 2024),
    "events/decision_context_b.csv": Edition(_OWN, 2024),
    "events/full/cow_mida_5.0.csv": _MID,
    "events/full/cow_midb_5.0.csv": _MID,
    "events/full/icb2_v14.csv": Edition("ICB 14", 2017, "ICB 16"),
    "events/full/imi_1946_2005.csv": Edition("IMI 1946-2005", 2005),
    "events/full/mip_us_2022_dataset.csv": Edition("MIP 2022", 2019),
    "events/full/ucdp_prio_acd_25.1.csv": _UCDP,
    "events/realignment_steps.csv": Edition(_OWN, 2024),
    "events/russian_interventions.csv": Edition(_OWN, 2024),
    "events/status_shocks.csv": Edition(_OWN, 2024),
    "events/variants.csv": Edition(_OWN, 2020),
    "series/gdp_quarterly_oecd_rus_usa.csv": Edition("OECD quarterly accounts, 2021", 2021, "the current one"),
    "series/oil_price_monthly_eia.csv": Edition("EIA spot prices, July 2026", 2026),
    "series/ru_country_direction_levada_monthly.csv": Edition("Levada Center, August 2024", 2024, "the current one"),
    "series/ru_cpi_monthly_rosstat_1991_2025.csv": Edition("Rosstat consumer prices, 2025", 2025),
    "series/ru_elections.csv": Edition(_OWN, 2024),
    "series/ru_macro_minikep_monthly_1999_2018.csv": Edition("Rosstat short-term indicators, 2018", 2018),
    "series/ru_macro_rosstat_monthly_1999_2017.csv": Edition("Rosstat short-term indicators, 2017", 2017),
    "series/ru_president_approval_vtsiom_weekly.csv": Edition("VTsIOM, August 2020", 2020, "the current one"),
    "series/ru_putin_approval_levada_monthly.csv": Edition("Levada Center, August 2024", 2024, "the current one"),
    "series/us_approval_monthly.csv": Edition("Gallup and averages of polls, January 2025", 2025, "the current one"),
}  # fmt: skip
