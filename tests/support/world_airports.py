"""The world's airports as the airline pack carries them: both codes, country, position and zone of the package airportsdata.

``make world`` writes the file anew from the locked package; a test compares them. The package itself stays out of the
layers: it takes 0.1 s and 3 MB to read all of it, and a run asks for a few airports.
"""

from __future__ import annotations

from collections.abc import Iterator

from packs.airline.geography import WORLD

COUNTRIES = {"LYR": "SJ", "MHQ": "AX"}
"""Territories with a code of their own in ISO 3166-1 that the package gives to their state, where the law may differ: the EEA
Agreement leaves Svalbard out if Norway wants (Protocol 40), and Åland belongs to the Union (Art. 355(4) TFEU)."""
_IN_DOUBT = """
ACF ACN AAT AIR AKU ARS BBA BPL BUA BVV CCH CJS CUU DEE DHH EKS ERN FEN GXQ HMI HQL HTN IKO IQM KCA KDY KHG KIF KRL KRY LGR
LIQ MAM MHN NBW NLD OHH OKT PAM PDS PNT QSZ REX RQA SNP STZ SXJ TCG TLQ TWC UGL URC UUS WPA WPR WPU XKS YBB YBI YBK YCB YCO
YCS YDA YDB YEK YEU YGR YHK YIN YMA YNA YOC YQH YRB YRT YTW YUT YXN YYH YZW ZFA ZFL ZZO
"""
"""Airports whose zone in the package has another clock in 2026 or 2027 than the zone of their position (timezonefinder
9.2.0): which of the two is right was not looked up, so the file gives none."""


def compact() -> str:
    """The contents of the file: a first line with names, then an airport a line in the order of the codes."""
    return "\n".join(["iata,country,lat,lon,tz,icao", *_lines()]) + "\n"


def _lines() -> Iterator[str]:
    import airportsdata

    for iata, each in sorted(airportsdata.load("IATA").items()):
        zone = "" if iata in _IN_DOUBT.split() else each["tz"]
        yield f"{iata},{COUNTRIES.get(iata, each['country'])},{each['lat']:.4f},{each['lon']:.4f},{zone},{each['icao']}"


if __name__ == "__main__":
    WORLD.write_text(compact(), encoding="utf-8")
