"""Works that the drivers cite, once each."""

from __future__ import annotations

REPORT = (
    "Charap, S., Geist, E., Frederick, B., Drennan, J. J., Chandler, N., & Kavanagh, J. (2021). Russia's Military "
    "Interventions: Patterns, Drivers, and Signposts. RAND Corporation, RR-A444-3."
)
AMBROSIO_2009 = "Ambrosio, T. (2009). Authoritarian Backlash. Ashgate."
CARTER_SMITH_2020 = (
    "Carter, J., & Smith, C. E. (2020). A framework for measuring leaders' willingness to use force. "
    "American Political Science Review, 114(4)."
)
CHIOZZA_GOEMANS_2003 = (
    "Chiozza, G., & Goemans, H. E. (2003). Peace through insecurity: Tenure and international conflict. "
    "Journal of Conflict Resolution, 47(4)."
)
COLGAN_2013 = "Colgan, J. D. (2013). Petro-Aggression: When Oil Causes War. Cambridge University Press."
FINDLEY_TEO_2006 = "Findley, M. G., & Teo, T. K. (2006). Rethinking third-party interventions into civil wars. Journal of Politics, 68(4)."
GARTZKE_2007 = "Gartzke, E. (2007). The capitalist peace. American Journal of Political Science, 51(1)."
GOTZ_2017 = (
    "Götz, E. (2017). Putin, the state, and war: The causes of Russia's near abroad assertion revisited. "
    "International Studies Review, 19(2)."
)
HAAS_2005 = "Haas, M. L. (2005). The Ideological Origins of Great Power Politics, 1789-1989. Cornell University Press."
HENDRIX_2017 = (
    "Hendrix, C. S. (2017). Oil prices and interstate conflict. Conflict Management and Peace Science, 34(6)."
)
HOROWITZ_2015 = "Horowitz, M. C., Stam, A. C., & Ellis, C. M. (2015). Why Leaders Fight. Cambridge University Press."
KAHNEMAN_TVERSKY_1979 = "Kahneman, D., & Tversky, A. (1979). Prospect theory. Econometrica, 47(2)."
LARSON_SHEVCHENKO_2010 = (
    "Larson, D. W., & Shevchenko, A. (2010). Status seekers: Chinese and Russian responses to U.S. primacy. "
    "International Security, 34(4)."
)
LEEDS_DAVIS_1997 = (
    "Leeds, B. A., & Davis, D. R. (1997). Domestic political vulnerability and international disputes. "
    "Journal of Conflict Resolution, 41(6)."
)
LEVY_1989 = (
    "Levy, J. S. (1989). The diversionary theory of war: A critique. In M. Midlarsky (Ed.), Handbook of War Studies."
)
LEVY_1997 = "Levy, J. S. (1997). Prospect theory, rational choice, and international relations. International Studies Quarterly, 41(1)."
MCDERMOTT_1998 = "McDermott, R. (1998). Risk-Taking in International Politics. University of Michigan Press."
MCFAUL_2020 = "McFaul, M. (2020). Putin, Putinism, and the domestic determinants of Russian foreign policy. International Security, 45(2)."
MEARSHEIMER_2014 = "Mearsheimer, J. J. (2014). Why the Ukraine crisis is the West's fault. Foreign Affairs, 93(5)."
OSTROM_JOB_1986 = "Ostrom, C. W., & Job, B. L. (1986). The president and the political use of force. American Political Science Review, 80(2)."
OWEN_2010 = "Owen, J. M. (2010). The Clash of Ideas in World Politics. Princeton University Press."
PERSON_MCFAUL_2022 = "Person, R., & McFaul, M. (2022). What Putin fears most. Journal of Democracy, 33(2)."
RENSHON_2017 = "Renshon, J. (2017). Fighting for Status. Princeton University Press."
TALIAFERRO_2004 = (
    "Taliaferro, J. W. (2004). Balancing Risks: Great Power Intervention in the Periphery. Cornell University Press."
)
THIES_NIEMAN_2017 = (
    "Thies, C. G., & Nieman, M. D. (2017). Rising Powers and Foreign Policy Revisionism. University of Michigan Press."
)
WALT_1987 = "Walt, S. M. (1987). The Origins of Alliances. Cornell University Press."
WARD_2017 = "Ward, S. (2017). Status and the Challenge of Rising Powers. Cambridge University Press."
