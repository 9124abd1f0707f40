"""Capitals of every state in the COW system 1946-2024 and the distance between two of them.

The coordinates are facts entered by hand, in decimal degrees to two decimals
(about one kilometre).  A state's capital in a year is the one on 31 December,
or on the last day of a state that ended in that year.  Where law and seat of
government differ, ``NOTES`` says which one is listed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FIRST_YEAR, LAST_YEAR = 1946, 2024
EARTH_RADIUS_KM = 6371.0088  # mean radius


@dataclass(frozen=True, slots=True)
class Capital:
    """One capital of one state, with the years (inclusive) in which it was the capital."""

    ccode: int
    iso3: str
    name: str
    latitude: float
    longitude: float
    from_year: int = FIRST_YEAR
    until_year: int = LAST_YEAR


# fmt: off
_SINGLE = """
2 USA Washington 38.90 -77.04
20 CAN Ottawa 45.42 -75.70
31 BHS Nassau 25.06 -77.34
40 CUB Havana 23.13 -82.38
41 HTI Port-au-Prince 18.54 -72.34
42 DOM Santo_Domingo 18.48 -69.90
51 JAM Kingston 17.98 -76.80
52 TTO Port_of_Spain 10.66 -61.51
53 BRB Bridgetown 13.10 -59.62
54 DMA Roseau 15.30 -61.39
55 GRD Saint_George's 12.05 -61.75
56 LCA Castries 14.01 -60.99
57 VCT Kingstown 13.16 -61.23
58 ATG Saint_John's 17.12 -61.85
60 KNA Basseterre 17.30 -62.73
70 MEX Mexico_City 19.43 -99.13
80 BLZ Belmopan 17.25 -88.77
90 GTM Guatemala_City 14.63 -90.51
91 HND Tegucigalpa 14.08 -87.21
92 SLV San_Salvador 13.70 -89.20
93 NIC Managua 12.14 -86.25
94 CRI San_José 9.93 -84.08
95 PAN Panama_City 8.98 -79.52
100 COL Bogotá 4.61 -74.08
101 VEN Caracas 10.49 -66.88
110 GUY Georgetown 6.80 -58.16
115 SUR Paramaribo 5.87 -55.17
130 ECU Quito -0.22 -78.51
135 PER Lima -12.05 -77.04
145 BOL La_Paz -16.50 -68.15
150 PRY Asunción -25.28 -57.63
155 CHL Santiago -33.45 -70.67
160 ARG Buenos_Aires -34.60 -58.38
165 URY Montevideo -34.90 -56.19
200 GBR London 51.51 -0.13
205 IRL Dublin 53.35 -6.26
210 NLD Amsterdam 52.37 4.90
211 BEL Brussels 50.85 4.35
212 LUX Luxembourg 49.61 6.13
220 FRA Paris 48.86 2.35
221 MCO Monaco 43.73 7.42
223 LIE Vaduz 47.14 9.52
225 CHE Bern 46.95 7.45
230 ESP Madrid 40.42 -3.70
232 AND Andorra_la_Vella 42.51 1.52
235 PRT Lisbon 38.72 -9.14
255 DEU Berlin 52.52 13.40
260 DEU Bonn 50.73 7.10
265 DDR East_Berlin 52.52 13.41
290 POL Warsaw 52.23 21.01
305 AUT Vienna 48.21 16.37
310 HUN Budapest 47.50 19.04
315 CSK Prague 50.08 14.43
316 CZE Prague 50.08 14.43
317 SVK Bratislava 48.15 17.11
325 ITA Rome 41.90 12.50
331 SMR San_Marino 43.94 12.45
338 MLT Valletta 35.90 14.51
339 ALB Tirana 41.33 19.82
341 MNE Podgorica 42.44 19.26
343 MKD Skopje 42.00 21.43
344 HRV Zagreb 45.81 15.98
345 SRB Belgrade 44.80 20.46
346 BIH Sarajevo 43.86 18.41
347 XKX Pristina 42.66 21.16
349 SVN Ljubljana 46.06 14.51
350 GRC Athens 37.98 23.73
352 CYP Nicosia 35.17 33.36
355 BGR Sofia 42.70 23.32
359 MDA Chișinău 47.01 28.86
360 ROU Bucharest 44.43 26.10
365 RUS Moscow 55.75 37.62
366 EST Tallinn 59.44 24.75
367 LVA Riga 56.95 24.11
368 LTU Vilnius 54.69 25.28
369 UKR Kyiv 50.45 30.52
370 BLR Minsk 53.90 27.57
371 ARM Yerevan 40.18 44.51
372 GEO Tbilisi 41.72 44.79
373 AZE Baku 40.38 49.87
375 FIN Helsinki 60.17 24.94
380 SWE Stockholm 59.33 18.07
385 NOR Oslo 59.91 10.75
390 DNK Copenhagen 55.68 12.57
395 ISL Reykjavík 64.15 -21.94
402 CPV Praia 14.93 -23.51
403 STP São_Tomé 0.34 6.73
404 GNB Bissau 11.86 -15.58
411 GNQ Malabo 3.75 8.78
420 GMB Banjul 13.45 -16.58
432 MLI Bamako 12.64 -8.00
433 SEN Dakar 14.69 -17.44
434 BEN Porto-Novo 6.50 2.60
435 MRT Nouakchott 18.08 -15.98
436 NER Niamey 13.51 2.11
438 GIN Conakry 9.51 -13.71
439 BFA Ouagadougou 12.37 -1.52
450 LBR Monrovia 6.30 -10.80
451 SLE Freetown 8.48 -13.23
452 GHA Accra 5.56 -0.20
461 TGO Lomé 6.13 1.22
471 CMR Yaoundé 3.87 11.52
481 GAB Libreville 0.39 9.45
482 CAF Bangui 4.36 18.56
483 TCD N'Djamena 12.11 15.04
484 COG Brazzaville -4.27 15.28
490 COD Kinshasa -4.32 15.31
500 UGA Kampala 0.31 32.58
501 KEN Nairobi -1.29 36.82
511 ZNZ Zanzibar_City -6.16 39.19
517 RWA Kigali -1.95 30.06
520 SOM Mogadishu 2.04 45.34
522 DJI Djibouti 11.59 43.15
530 ETH Addis_Ababa 9.02 38.75
531 ERI Asmara 15.34 38.93
540 AGO Luanda -8.84 13.23
541 MOZ Maputo -25.97 32.58
551 ZMB Lusaka -15.41 28.28
552 ZWE Harare -17.83 31.05
560 ZAF Pretoria -25.75 28.19
565 NAM Windhoek -22.56 17.08
570 LSO Maseru -29.32 27.48
571 BWA Gaborone -24.65 25.91
572 SWZ Mbabane -26.32 31.13
580 MDG Antananarivo -18.91 47.54
581 COM Moroni -11.70 43.26
590 MUS Port_Louis -20.16 57.50
591 SYC Victoria -4.62 55.45
600 MAR Rabat 34.02 -6.84
615 DZA Algiers 36.75 3.06
616 TUN Tunis 36.81 10.18
620 LBY Tripoli 32.89 13.19
625 SDN Khartoum 15.60 32.53
626 SSD Juba 4.85 31.58
630 IRN Tehran 35.69 51.39
640 TUR Ankara 39.93 32.86
645 IRQ Baghdad 33.31 44.36
651 EGY Cairo 30.04 31.24
652 SYR Damascus 33.51 36.28
660 LBN Beirut 33.89 35.50
663 JOR Amman 31.95 35.93
670 SAU Riyadh 24.71 46.68
679 YEM Sana'a 15.35 44.21
680 YMD Aden 12.79 45.02
690 KWT Kuwait_City 29.38 47.98
692 BHR Manama 26.23 50.59
694 QAT Doha 25.29 51.53
696 ARE Abu_Dhabi 24.45 54.38
698 OMN Muscat 23.59 58.41
700 AFG Kabul 34.53 69.17
701 TKM Ashgabat 37.95 58.38
702 TJK Dushanbe 38.56 68.77
703 KGZ Bishkek 42.87 74.59
704 UZB Tashkent 41.30 69.24
712 MNG Ulaanbaatar 47.92 106.91
713 TWN Taipei 25.03 121.57
731 PRK Pyongyang 39.03 125.75
732 KOR Seoul 37.57 126.98
740 JPN Tokyo 35.68 139.69
750 IND New_Delhi 28.61 77.21
760 BTN Thimphu 27.47 89.64
771 BGD Dhaka 23.81 90.41
780 LKA Colombo 6.93 79.85
781 MDV Malé 4.18 73.51
790 NPL Kathmandu 27.72 85.32
800 THA Bangkok 13.76 100.50
811 KHM Phnom_Penh 11.56 104.92
812 LAO Vientiane 17.97 102.63
816 VNM Hanoi 21.03 105.85
817 VDR Saigon 10.78 106.70
820 MYS Kuala_Lumpur 3.14 101.69
830 SGP Singapore 1.29 103.85
835 BRN Bandar_Seri_Begawan 4.89 114.94
850 IDN Jakarta -6.21 106.85
860 TLS Dili -8.56 125.57
900 AUS Canberra -35.28 149.13
910 PNG Port_Moresby -9.44 147.18
920 NZL Wellington -41.29 174.78
935 VUT Port_Vila -17.73 168.32
940 SLB Honiara -9.43 159.95
946 KIR South_Tarawa 1.33 172.98
947 TUV Funafuti -8.52 179.20
950 FJI Suva -18.14 178.44
955 TON Nukuʻalofa -21.14 -175.20
970 NRU Yaren -0.55 166.92
983 MHL Majuro 7.09 171.38
987 FSM Palikir 6.92 158.16
990 WSM Apia -13.83 -171.77
"""

_MOVED = (
    Capital(140, "BRA", "Rio de Janeiro", -22.91, -43.20, 1946, 1959),
    Capital(140, "BRA", "Brasília", -15.79, -47.88, 1960),
    Capital(437, "CIV", "Abidjan", 5.32, -4.03, 1946, 1982),
    Capital(437, "CIV", "Yamoussoukro", 6.82, -5.28, 1983),
    Capital(475, "NGA", "Lagos", 6.45, 3.40, 1946, 1990),
    Capital(475, "NGA", "Abuja", 9.06, 7.49, 1991),
    Capital(510, "TZA", "Dar es Salaam", -6.82, 39.28, 1946, 1995),
    Capital(510, "TZA", "Dodoma", -6.17, 35.74, 1996),
    Capital(516, "BDI", "Bujumbura", -3.38, 29.36, 1946, 2018),
    Capital(516, "BDI", "Gitega", -3.43, 29.93, 2019),
    Capital(553, "MWI", "Zomba", -15.39, 35.32, 1946, 1974),
    Capital(553, "MWI", "Lilongwe", -13.97, 33.79, 1975),
    Capital(666, "ISR", "Tel Aviv", 32.08, 34.78, 1946, 1949),
    Capital(666, "ISR", "Jerusalem", 31.78, 35.22, 1950),
    Capital(678, "YEM", "Sana'a", 15.35, 44.21, 1946, 1947),
    Capital(678, "YEM", "Taiz", 13.58, 44.02, 1948, 1961),
    Capital(678, "YEM", "Sana'a", 15.35, 44.21, 1962),
    Capital(705, "KAZ", "Almaty", 43.24, 76.89, 1946, 1996),
    Capital(705, "KAZ", "Astana", 51.17, 71.43, 1997),
    Capital(710, "CHN", "Nanjing", 32.06, 118.79, 1946, 1948),
    Capital(710, "CHN", "Beijing", 39.90, 116.41, 1949),
    Capital(770, "PAK", "Karachi", 24.86, 67.01, 1946, 1958),
    Capital(770, "PAK", "Rawalpindi", 33.60, 73.05, 1959, 1966),
    Capital(770, "PAK", "Islamabad", 33.69, 73.06, 1967),
    Capital(775, "MMR", "Rangoon", 16.84, 96.17, 1946, 2004),
    Capital(775, "MMR", "Naypyidaw", 19.76, 96.08, 2005),
    Capital(840, "PHL", "Manila", 14.60, 120.98, 1946, 1947),
    Capital(840, "PHL", "Quezon City", 14.65, 121.05, 1948, 1975),
    Capital(840, "PHL", "Manila", 14.60, 120.98, 1976),
    Capital(986, "PLW", "Koror", 7.34, 134.47, 1946, 2005),
    Capital(986, "PLW", "Ngerulmud", 7.50, 134.62, 2006),
)
# fmt: on

NOTES: dict[int, str] = {
    145: "seat of government; Sucre is the constitutional capital",
    210: "constitutional capital; the government sits in The Hague",
    255: "capital from 3 October 1990; most of the government sat in Bonn until 1999",
    434: "constitutional capital; the government sits in Cotonou",
    437: "official capital from 1983; most of the government stayed in Abidjan",
    510: "parliament moved to Dodoma in 1996; the move of the government was gradual",
    516: "political capital from 2019; Bujumbura is the economic capital",
    560: "seat of the executive",
    620: "Tripoli and Benghazi were joint capitals until 1963",
    666: "seat of government from the end of 1949; its status as capital is disputed",
    678: "the Imam ruled from Taiz between 1948 and the revolution of 1962",
    679: "constitutional capital; the internationally recognised government has sat in Aden since 2015",
    710: "Republic of China in Nanjing until 1949; Peking from the founding of the People's Republic",
    775: "the government began to move on 6 November 2005; the new capital was named in March 2006",
    780: "seat of the executive; parliament has sat in Kotte, eight kilometres away, since 1982",
}


def _parse(line: str) -> Capital:
    ccode, iso3, name, latitude, longitude = line.split()
    return Capital(int(ccode), iso3, name.replace("_", " "), float(latitude), float(longitude))


CAPITALS: tuple[Capital, ...] = tuple(
    sorted(
        (*(_parse(line) for line in _SINGLE.strip().splitlines()), *_MOVED),
        key=lambda c: (c.ccode, c.from_year),
    )
)


def capital_of(ccode: int, year: int) -> Capital:
    """Return the capital of a state in a year; whether the state existed is not asked here.

    Raises
    ------
    KeyError
        When the state or the year is not covered.
    """
    for capital in CAPITALS:
        if capital.ccode == ccode and capital.from_year <= year <= capital.until_year:
            return capital
    raise KeyError(f"no capital for COW state {ccode} in {year}: codes 2-990, years {FIRST_YEAR}-{LAST_YEAR}")


def great_circle_km(
    latitude_1: ArrayLike, longitude_1: ArrayLike, latitude_2: ArrayLike, longitude_2: ArrayLike
) -> NDArray[np.float64]:
    """Distance in km on a sphere of the mean Earth radius (haversine formula); inputs in degrees, broadcast."""
    lat1, lon1, lat2, lon2 = (
        np.radians(np.asarray(v, float)) for v in (latitude_1, longitude_1, latitude_2, longitude_2)
    )
    half_chord = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(half_chord, 1.0)))


def capital_distance_km(ccode_1: int, ccode_2: int, year: int) -> float:
    """Distance in km between the capitals of two states in a year."""
    a, b = capital_of(ccode_1, year), capital_of(ccode_2, year)
    return float(great_circle_km(a.latitude, a.longitude, b.latitude, b.longitude))
