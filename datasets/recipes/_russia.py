"""What the two Russian covariate tables share: references, rounding, NATO membership and distances."""

from __future__ import annotations

import numpy as np
import pandas as pd
from _capitals import capital_of, great_circle_km
from _common import Field

FRG = 260
DOUBLED_TROOPS = 2008  # the source's count of US troops is about twice the neighbouring years' in most states

NMC = "Singer, J. David. 1987. Reconstructing the Correlates of War Dataset on Material Capabilities of States, 1816-1985. International Interactions 14(2): 115-132. (National Material Capabilities v7.0)"
NMC_1972 = "Singer, J. David, Stuart Bremer and John Stuckey. 1972. Capability Distribution, Uncertainty, and Major Power War, 1820-1965. In Bruce Russett (ed.), Peace, War, and Numbers. Sage: 19-48."
STATES = "Correlates of War Project. 2017. State System Membership List, v2016."
CONTIGUITY = "Stinnett, Douglas M., Jaroslav Tir, Philip Schafer, Paul F. Diehl and Charles Gochman. 2002. The Correlates of War Project Direct Contiguity Data, Version 3. Conflict Management and Peace Science 19(2): 58-66. (v3.2)"
TRADE = "Barbieri, Katherine, Omar M. G. Keshk and Brian M. Pollins. 2009. Trading Data: Evaluating Our Assumptions and Coding Rules. Conflict Management and Peace Science 26(5): 471-491."
TRADE_V4 = (
    "Barbieri, Katherine and Omar M. G. Keshk. 2016. Correlates of War Project Trade Data Set Codebook, Version 4.0."
)
VDEM = "Coppedge, Michael, John Gerring, Carl Henrik Knutsen, Staffan I. Lindberg, Jan Teorell et al. 2025. V-Dem Country-Year Dataset v15. Varieties of Democracy (V-Dem) Project. https://doi.org/10.23696/vdemds25"
VDEM_MODEL = "Pemstein, Daniel, Kyle L. Marquardt, Eitan Tzelgov, Yi-ting Wang, Juraj Medzihorsky, Joshua Krusell, Farhad Miri and Johannes von Römer. 2025. The V-Dem Measurement Model. V-Dem Working Paper 21."
VDEM_12 = "Coppedge, Michael, et al. 2022. V-Dem Country-Year Dataset v12. Varieties of Democracy (V-Dem) Project."
VDEM_14 = "Coppedge, Michael, et al. 2024. V-Dem Country-Year Dataset v14. Varieties of Democracy (V-Dem) Project."
ERT = "Maerz, Seraphine F., Amanda B. Edgell, Matthew C. Wilson, Sebastian Hellmeier and Staffan I. Lindberg. 2024. Episodes of Regime Transformation. Journal of Peace Research 61(6): 967-984. (ERT v15)"
UNGA = "Bailey, Michael A., Anton Strezhnev and Erik Voeten. 2017. Estimating Dynamic State Preferences from United Nations Voting Data. Journal of Conflict Resolution 61(2): 430-456. (release of July 2025)"
CSRA = "Center for Stability and Risk Analysis, HSE University. 2024. Revolutions of the 21st Century, version 9 (R package csra)."
NAVCO = "Chenoweth, Erica and Christopher Wiley Shay. 2020. List of Campaigns in NAVCO 1.3. Harvard Dataverse. https://doi.org/10.7910/DVN/ON9XND"
ATOP = "Leeds, Brett Ashley, Jeffrey M. Ritter, Sara McLaughlin Mitchell and Andrew G. Long. 2002. Alliance Treaty Obligations and Provisions, 1815-1944. International Interactions 28(3): 237-260. (ATOP 5.1)"
IGO = "Pevehouse, Jon C. W., Timothy Nordstrom, Roseanne W. McManus and Anne Spencer Jamison. 2020. Tracking Organizations in the World: The Correlates of War IGO Version 3.0 Datasets. Journal of Peace Research 57(3): 492-503."
DESTA = "Dür, Andreas, Leonardo Baccini and Manfred Elsig. 2014. The Design of International Trade Agreements: Introducing a New Dataset. Review of International Organizations 9(3): 353-375."
RIVALS_TD = "Thompson, William R. and David R. Dreyer. 2012. Handbook of International Rivalries, 1494-2010. CQ Press."
RIVALS_TSS = "Thompson, William R., Kentaro Sakuwa and Prashant Hosur Suhas. 2021. Analyzing Strategic Rivalries in World Politics. Springer."
EPR = "Vogt, Manuel, Nils-Christian Bormann, Seraina Rüegger, Lars-Erik Cederman, Philipp Hunziker and Luc Girardin. 2015. Integrating Data on Ethnicity, Geography, and Conflict: The Ethnic Power Relations Data Set Family. Journal of Conflict Resolution 59(7): 1327-1342. (EPR-2019)"
UCDP = "Gleditsch, Nils Petter, Peter Wallensteen, Mikael Eriksson, Margareta Sollenberg and Håvard Strand. 2002. Armed Conflict 1946-2001: A New Dataset. Journal of Peace Research 39(5): 615-637."
UCDP_25 = "Davies, Shawn, Therése Pettersson, Margareta Sollenberg and Magnus Öberg. 2025. Organized Violence 1989-2024, and the Challenges of Identifying Civilian Victims. Journal of Peace Research 62(4). (UCDP/PRIO Armed Conflict Dataset v25.1)"
COUPS = "Powell, Jonathan M. and Clayton L. Thyne. 2011. Global Instances of Coups from 1950 to 2010: A New Dataset. Journal of Peace Research 48(2): 249-259."
DD = "Bjørnskov, Christian and Martin Rode. 2020. Regime Types and Regime Change: A New Dataset on Democracy, Coups, and Political Institutions. Review of International Organizations 15(2): 531-551."
TROOPS = "Allen, Michael A., Michael E. Flynn and Carla Martinez Machain. 2022. US Global Military Deployments, 1950-2020. Conflict Management and Peace Science 39(3): 351-370."
TROOPS_KANE = "Kane, Tim. 2005. Global U.S. Troop Deployment, 1950-2003. Heritage Foundation."
WDI = "World Bank. 2024. World Development Indicators. Washington, DC. (constant-price GDP)"
WDI_2015 = "World Bank. 2015. World Development Indicators, April 2015. Washington, DC. (energy depletion, inflation)"
DEMSPACES = "Beger, Andreas, Richard K. Morgan and Laura Maxwell. 2020. The Democratic Spaces Barometer: Global Forecasts of Autocratization and Democratization. (completion of GDP series)"
MADDISON = "Bolt, Jutta and Jan Luiten van Zanden. 2020. Maddison Style Estimates of the Evolution of the World Economy: A New 2020 Update. Maddison Project Working Paper 15."
ENERGY = "Etemad, Bouda and Jean Luciani. 1991. World Energy Production, 1800-1985. Droz. (to 1980; U.S. Energy Information Administration after, as joined by The Shift Project and Our World in Data)"
EIA = "U.S. Energy Information Administration. 2025. Spot Prices for Crude Oil: Europe Brent and WTI Cushing."
FARISS = "Fariss, Christopher J., Therese Anders, Jonathan N. Markowitz and Miriam Barnum. 2022. New Estimates of Over 500 Years of Historic GDP and Population Data. Journal of Conflict Resolution 66(3): 553-591."
DIPLOMATS = "Bayer, Resat. 2006. Diplomatic Exchange Data Set, v2006.1. Correlates of War Project."
ARCHIGOS = "Goemans, Henk E., Kristian Skrede Gleditsch and Giacomo Chiozza. 2009. Introducing Archigos: A Dataset of Political Leaders. Journal of Peace Research 46(2): 269-283. (v4.1)"
LEAD = "Ellis, Cali Mortenson, Michael C. Horowitz and Allan C. Stam. 2015. Introducing the LEAD Data Set. International Interactions 41(4): 718-741."
WILLINGNESS = "Carter, Jeff and Charles E. Smith. 2020. A Framework for Measuring Leaders' Willingness to Use Force. American Political Science Review 114(4): 1352-1358."
REIGN = "Bell, Curtis. 2016. The Rulers, Elections, and Irregular Governance (REIGN) Dataset. OEF Research."
NELDA = "Hyde, Susan D. and Nikolay Marinov. 2012. Which Elections Can Be Lost? Political Analysis 20(2): 191-210."
PROTEST = "Clark, David and Patrick Regan. 2016. Mass Mobilization Protest Data. Harvard Dataverse. https://doi.org/10.7910/DVN/HTTWYL"
VETOES = "Yordán, Carlos. 2022. Vetoes in the UN Security Council, 1946-2022 (World Politics Data Lab), from the list of the Dag Hammarskjöld Library."
MIDS = "Palmer, Glenn, Roseanne W. McManus, Vito D'Orazio, Michael R. Kenwick, Mikaela Karstens, Chase Bloch, Nick Dietrich, Kayla Kahn, Kellan Ritter and Michael J. Soules. 2022. The MID5 Dataset, 2011-2014: Procedures, Coding Rules, and Description. Conflict Management and Peace Science 39(4): 470-482."


def flag(name: str, description: str) -> Field:
    """A column of zeros and ones."""
    return Field(name, "integer", description, "0/1", constraints={"enum": [0, 1]})


def count(name: str, description: str, unit: str) -> Field:
    """A column of whole numbers from zero."""
    return Field(name, "integer", description, unit, constraints={"minimum": 0})


def significant(values: pd.Series, digits: int) -> pd.Series:
    """Round to significant digits, so that small shares keep their precision."""
    return values.map(lambda v: float(f"{v:.{digits}g}"), na_action="ignore").astype("float64")


def nato(dyads: pd.DataFrame) -> pd.DataFrame:
    """NATO's member-years, with 1990's Germany counted once (255, its code at the end of that year)."""
    columns = ["ccode2", "year", "cinc", "conttype_russia", "land_contig_russia"]
    members = dyads.loc[dyads["nato_member"] == 1, columns]
    return members[~((members["ccode2"] == FRG) & (members["year"] >= 1990))]


def nearest_nato_capital(states: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """Distance from each state's capital to the nearest capital of another NATO member in the year.

    ``states`` has columns ``ccode`` and ``year``, ``members`` is :func:`nato`'s;
    returns ``km`` and the member's ``iso3`` and ``capital`` on the index of ``states``, missing before 1949.
    """
    by_year = dict(iter(members.groupby("year")))
    rows = []
    for code, year in zip(states["ccode"], states["year"], strict=True):
        others = by_year.get(year)
        others = None if others is None else others[others["ccode2"] != code]
        if others is None or others.empty:
            rows.append((np.nan, None, None))
            continue
        here = capital_of(int(code), int(year))
        there = [capital_of(int(c), int(year)) for c in others["ccode2"]]
        km = great_circle_km(here.latitude, here.longitude, [c.latitude for c in there], [c.longitude for c in there])
        nearest = int(np.argmin(km))
        rows.append((float(km[nearest]), there[nearest].iso3, there[nearest].name))
    return pd.DataFrame(rows, columns=["km", "iso3", "capital"], index=states.index)
