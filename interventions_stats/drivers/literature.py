"""Works that the drivers cite, once each, with what each found; checked against abstracts or publishers' descriptions."""

from __future__ import annotations

from interventions_stats.drivers.bibliography import Work

REPORT = Work(
    "techreport", ("Charap, S.", "Geist, E.", "Frederick, B.", "Drennan, J. J.", "Chandler, N.", "Kavanagh, J."), 2021,
    "Russia's Military Interventions: Patterns, Drivers, and Signposts", "RAND Corporation",
    "External threats, the regional balance and status lead to Russia's interventions; domestic motives, the leader and "
    "economics do little.", number="RR-A444-3",
)  # fmt: skip
AMBROSIO_2009 = Work(
    "book", ("Ambrosio, T.",), 2009, "Authoritarian Backlash: Russian Resistance to Democratization in the Former Soviet Union",
    "Ashgate", "Russia acted to keep democracy from spreading among its neighbours, to protect its own regime.",
)  # fmt: skip
BOVE_2016 = Work(
    "article", ("Bove, V.", "Gleditsch, K. S.", "Sekeris, P. G."), 2016,
    "Oil above water: Economic interdependence and third-party intervention", "Journal of Conflict Resolution",
    "Third parties enter civil wars more often where the target has oil and they depend on it.",
    volume="60", number="7", pages="1251-1277", doi="10.1177/0022002714567952",
)  # fmt: skip
CARTER_SMITH_2020 = Work(
    "article", ("Carter, J.", "Smith, C. E."), 2020, "A framework for measuring leaders' willingness to use force",
    "American Political Science Review",
    "A latent scale of hawkishness, built from leaders' backgrounds and not from their conflicts, predicts conflict better "
    "than earlier proxies.", volume="114", number="4", pages="1352-1358",
)  # fmt: skip
CHIOZZA_GOEMANS_2003 = Work(
    "article", ("Chiozza, G.", "Goemans, H. E."), 2003, "Peace through insecurity: Tenure and international conflict",
    "Journal of Conflict Resolution",
    "A greater risk of losing office made leaders of 1919-1992 less likely to start a crisis, against the diversionary claim.",
    volume="47", number="4", pages="443-467",
)  # fmt: skip
COLGAN_2013 = Work(
    "book", ("Colgan, J. D.",), 2013, "Petro-Aggression: When Oil Causes War", "Cambridge University Press",
    "Oil income makes states with revolutionary governments more aggressive abroad, and not oil exporters in general.",
)  # fmt: skip
DRIEDGER_2023 = Work(
    "article", ("Driedger, J. J.",), 2023, "Risk acceptance and offensive war: The case of Russia under the Putin regime",
    "Contemporary Security Policy",
    "Russia's acceptance of risk in starting wars has grown since the mid-2000s, in line with prospect theory and not with the "
    "leader alone.", volume="44", number="2", pages="199-225", doi="10.1080/13523260.2023.2164974",
)  # fmt: skip
FINDLEY_TEO_2006 = Work(
    "article", ("Findley, M. G.", "Teo, T. K."), 2006,
    "Rethinking third-party interventions into civil wars: An actor-centric approach", "Journal of Politics",
    "States enter civil wars by their interests and ties to the warring sides and to other interveners, more than by traits "
    "of the war.", volume="68", number="4", pages="828-837",
)  # fmt: skip
GARTZKE_2007 = Work(
    "article", ("Gartzke, E.",), 2007, "The capitalist peace", "American Journal of Political Science",
    "Development, open markets and similar interests go with fewer militarised disputes and account for the democratic peace.",
    volume="51", number="1", pages="166-191",
)  # fmt: skip
GOTZ_2017 = Work(
    "article", ("Götz, E.",), 2017, "Putin, the state, and war: The causes of Russia's near abroad assertion revisited",
    "International Studies Review",
    "Leader, domestic politics, ideas and geopolitics each explain a part of Russia's assertion near its borders and none alone.",
    volume="19", number="2", pages="228-253", doi="10.1093/isr/viw009",
)  # fmt: skip
HAAS_2005 = Work(
    "book", ("Haas, M. L.",), 2005, "The Ideological Origins of Great Power Politics, 1789-1989", "Cornell University Press",
    "The further apart the ideologies of leaders, the greater the threat they see in each other.",
)  # fmt: skip
HENDRIX_2017 = Work(
    "article", ("Hendrix, C. S.",), 2017, "Oil prices and interstate conflict", "Conflict Management and Peace Science",
    "A high oil price raises the disputes that petrostates begin and does nothing elsewhere; it is the level of the price that "
    "was tested.", volume="34", number="6", doi="10.1177/0738894215606067",
)  # fmt: skip
HICKEY_2021 = Work(
    "phdthesis", ("Hickey, C. J.",), 2021,
    "Assessing Motives for Russian Federation Use and Non-use of Force: An Approach to Improve the Strategic Planning and Policy "
    "of the United States", "University of Maryland, College Park",
    "Choices to use force and not to since 1991 put the president's political survival first, then security, then domination.",
)  # fmt: skip
HOROWITZ_2015 = Work(
    "book", ("Horowitz, M. C.", "Stam, A. C.", "Ellis, C. M."), 2015, "Why Leaders Fight", "Cambridge University Press",
    "What leaders lived through before office, such as rebellion or service without combat, shapes when their states fight.",
)  # fmt: skip
KAHNEMAN_TVERSKY_1979 = Work(
    "article", ("Kahneman, D.", "Tversky, A."), 1979, "Prospect theory: An analysis of decision under risk", "Econometrica",
    "People value outcomes from a reference point, weigh losses more than equal gains, and run risks to avoid a loss.",
    volume="47", number="2", pages="263-291", doi="10.2307/1914185",
)  # fmt: skip
LARSON_SHEVCHENKO_2010 = Work(
    "article", ("Larson, D. W.", "Shevchenko, A."), 2010, "Status seekers: Chinese and Russian responses to U.S. primacy",
    "International Security", "Since the Cold War China and Russia have sought above all to restore the standing of a great power.",
    volume="34", number="4", pages="63-95",
)  # fmt: skip
LEEDS_DAVIS_1997 = Work(
    "article", ("Leeds, B. A.", "Davis, D. R."), 1997, "Domestic political vulnerability and international disputes",
    "Journal of Conflict Resolution",
    "In 18 democracies of 1952-1988 slumps and elections did not go with aggression; rivals make fewer demands on weak leaders.",
    volume="41", number="6", pages="814-834",
)  # fmt: skip
LEVY_1989 = Work(
    "incollection", ("Levy, J. S.",), 1989, "The diversionary theory of war: A critique", "Handbook of War Studies",
    "Diversion is well attested in histories and hardly in quantitative studies, which rarely tested the theory that was meant.",
    editor="M. Midlarsky",
)  # fmt: skip
LEVY_1997 = Work(
    "article", ("Levy, J. S.",), 1997, "Prospect theory, rational choice, and international relations",
    "International Studies Quarterly",
    "Whether laboratory findings on loss and risk carry over to decisions of states is a graver doubt than their validity.",
    volume="41", number="1", pages="87-112",
)  # fmt: skip
MARANDICI_2022 = Work(
    "article", ("Marandici, I.",), 2022,
    "Loss aversion, neo-imperial frames and territorial expansion: Using prospect theory to examine the annexation of Crimea",
    "Journal of Soviet and Post-Soviet Politics and Society",
    "Crimea was annexed from the domain of losses; once in gains, Russia's leader stopped short of further expansion.",
    volume="8", number="1",
)  # fmt: skip
MCDERMOTT_1998 = Work(
    "book", ("McDermott, R.",), 1998, "Risk-Taking in International Politics: Prospect Theory in American Foreign Policy",
    "University of Michigan Press", "American presidents took greater risks in crises when they faced losses.",
)  # fmt: skip
MCFAUL_2020 = Work(
    "article", ("McFaul, M.",), 2020, "Putin, Putinism, and the domestic determinants of Russian foreign policy",
    "International Security",
    "The leader, his illiberal ideas and autocracy shaped the interventions of 2014-2016; the balance of power alone does not "
    "explain them.", volume="45", number="2", pages="95-139",
)  # fmt: skip
MEARSHEIMER_2014 = Work(
    "article", ("Mearsheimer, J. J.",), 2014, "Why the Ukraine crisis is the West's fault", "Foreign Affairs",
    "Russia acted in Ukraine against the enlargement of NATO and the EU into its neighbourhood.", volume="93", number="5",
)  # fmt: skip
OIL_PRICES_2024 = Work(
    "article", (), 2024,
    "Oil prices and international conflict: Why low oil revenue may not pacify petrostates", "International Interactions",
    "Higher oil prices go with fewer disputes begun by petrostates, about half as many over two standard deviations.",
    volume="50", number="3", pages="478-505", doi="10.1080/03050629.2024.2352486",
)  # fmt: skip
OSTROM_JOB_1986 = Work(
    "article", ("Ostrom, C. W.", "Job, B. L."), 1986, "The president and the political use of force",
    "American Political Science Review",
    "International, domestic and personal conditions all move American presidents to use force, domestic ones strongly.",
    volume="80", number="2", pages="541-566", doi="10.2307/1958273",
)  # fmt: skip
OWEN_2010 = Work(
    "book", ("Owen, J. M.",), 2010,
    "The Clash of Ideas in World Politics: Transnational Networks, States, and Regime Change, 1510-2010",
    "Princeton University Press",
    "Rulers have promoted their regime by force some two hundred times in five centuries, most when ideologies were in contest.",
)  # fmt: skip
PERSON_MCFAUL_2022 = Work(
    "article", ("Person, R.", "McFaul, M."), 2022, "What Putin fears most", "Journal of Democracy",
    "Tension followed waves of democracy near Russia and not rounds of NATO's enlargement: what threatens is democracy.",
    volume="33", number="2",
)  # fmt: skip
RENSHON_2017 = Work(
    "book", ("Renshon, J.",), 2017, "Fighting for Status: Hierarchy and Conflict in World Politics", "Princeton University Press",
    "States with less standing than their capabilities warrant begin more disputes, and winning them raises standing.",
)  # fmt: skip
TALIAFERRO_2004 = Work(
    "book", ("Taliaferro, J. W.",), 2004, "Balancing Risks: Great Power Intervention in the Periphery", "Cornell University Press",
    "Great powers intervene far afield, and persist, to avoid losses of power or prestige rather than to gain.",
)  # fmt: skip
THIES_NIEMAN_2017 = Work(
    "book", ("Thies, C. G.", "Nieman, M. D."), 2017,
    "Rising Powers and Foreign Policy Revisionism: Understanding BRICS Identity and Behavior through Time",
    "University of Michigan Press",
    "Rising powers, Russia among them, have not become more aggressive as they rose; foreign policy changed little.",
)  # fmt: skip
WALT_1987 = Work(
    "book", ("Walt, S. M.",), 1987, "The Origins of Alliances", "Cornell University Press",
    "States balance against threats, which depend on power, nearness, offensive means and intentions.",
)  # fmt: skip
WARD_2017 = Work(
    "book", ("Ward, S.",), 2017, "Status and the Challenge of Rising Powers", "Cambridge University Press",
    "A power whose claim to standing seems blocked for good lashes out against the order itself.",
)  # fmt: skip
