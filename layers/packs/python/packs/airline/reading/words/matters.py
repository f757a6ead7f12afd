"""What says what is wrong, and what only names what a report speaks of.

Several languages, written without accents, as in ``words``.
"""

from __future__ import annotations

from packs.airline.reading.words.causes import HAZARDS, ILL_PASSENGERS, OTHER_FIRES, UNFIT_CREW

_MATTERS = {
    "technical": [
        "late from hangar", "from hangar", "in the hangar", "in hangar", "still in hangar", "reverser locked", "smell of",
        "cargo door", "door won't close", "won't close", "will not close", "a/c change", "A/C change", "puncture", "chafed",
        "expired", "hit by lightning", "database expired", "nav db", "contact with wing", "ground contact", "hit by",
        "hit the", "hit door", "was hit", "struck the", "flat spot", "worn", "stuck flap", "valve stuck", "burst",
        "low pressure", "overheat", "overweight landing", "exceedance", "vibrations", "surge", "stall", "flameout",
        "shut down", "shutdown", "qty low", "quantity low", "nosewheel tyre", "went tech", "gone tech", "go tech",
        "tech delay", "out for the day", "needs maintenance", "engine problem", "engine trouble", "computer problem",
        "computer fault", "slide inop", "oil quantity", "oil pressure", "AOG", "aircraft on ground", "a/c on ground",
        "technical", "grounded", "unserviceable", "defect", "fault", "leak", "bird strike", "broken", "flat tyre",
        "tech issue", "panne", "technique", "technisch", "technischer", "defekt", "averia", "tecnica", "atal", "fanni",
        "landing gear", "gear problem", "gear fault", "damage", "damaged", "fuel contamination", "snag", "malfunction",
        "inoperative", "windshield", "windscreen", "lightning strike", "struck by lightning", "tyre burst", "flat tire",
        "defectueux", "Blitzschlag", "Vogelschlag", "guasto", "avaria", "tecnico", "عطل", "فني", "u/s", "inop",
        "weather radar", "wx radar", "not serviceable", "not airworthy", "hyd leak", "hydraulic fault", "oil leak",
        "hydraulic pump", "hyd pump fault", "fuel pump", "bleed leak", "brake fault", "brake unit", "brake temp",
        "tyre change", "tire change", "wheel change", "engine change", "eng change", "won't retract", "will not retract",
        "won't start", "will not start", "no start", "starter fault", "warning light", "warning", "caution message", "ECAM",
        "EICAS", "fault message", "borescope", "inspection found", "bird ingestion", "FOD", "dent", "dents", "crack",
        "cracked", "jammed", "failed", "failure", "leaking", "steering fault", "steering", "engine vibration", "APU inop",
        "no APU", "aircraft change", "acft change", "ground damage", "hit by a truck", "struck by", "collision",
        "part ordered", "parts ordered", "awaiting part", "awaiting parts", "waiting for parts", "awaiting spares",
        "waiting for a part", "spare part", "troubleshooting", "maintenance check", "maintenance overrun",
        "late from maintenance", "late out of maintenance", "technical delay", "Hydraulikleck", "kaputt", "Reifenwechsel",
        "Reifenschaden", "Leck", "fuite", "pneu eclate", "en panne", "averiado", "averiada", "pinchazo", "fuga", "perdita",
        "gomma", "vazamento", "pneu furado", "screw", "AOG'd", "thrust reverser locked", "locked out",
    ],
    "crew": [
        "FO u/s", "captain u/s", "crew u/s", "purser u/s", "sick", "duty time", "out of hours", "krank", "malade",
        "enfermo", "malato", "doente", "مريض", "crew duty", "crew shortage", "crew short", "one short", "crew late",
        "late crew", "no crew", "crew missing", "no captain", "no FO", "no first officer", "no pilot", "no pilots",
        "no cabin crew", "without crew", "captain missing", "FO missing", "crew out of hours", "crew times out",
        "crew timed out", "captain times out", "captain timed out", "FO times out", "FO timed out", "pilots time out",
        "crew will time out", "crew going out of hours", "time out", "out of duty", "duty hours", "FDP", "FTL", "crew rest",
        "legal until", "crew legal", "crew until", "awaiting crew", "waiting for crew", "waiting for the crew",
        "wegen Crew", "Dienstzeit", "Dienstzeitende", "erkrankt", "tripulacion enferma", "gone sick", "goes sick",
        "incapacitated", "unfit", "hospital", "hospitalised", "passed out", "vomiting", "fever", "crew transport",
        "crew bus", "hotel pickup late",
    ],
    "weather": [
        "landing minima", "minima", "below landing minima", "RVR", "vis below", "lightning", "sand storm", "shamal",
        "weather", "fog", "storm", "thunderstorm", "snow", "sandstorm", "Nebel", "Gewitter", "Schnee", "brouillard",
        "orage", "neige", "niebla", "tormenta", "dabab", "de-icing", "deicing", "Enteisung", "nebbia", "temporale", "neve",
        "nevoeiro", "tempestade", "Sturm", "Unwetter", "ضباب", "عاصفة", "wx", "below minima", "low visibility", "LVP",
        "LVPs", "crosswind", "strong wind", "gusts", "blizzard", "typhoon", "hurricane", "cyclone", "heavy rain", "hail",
        "volcanic ash", "ash cloud", "haze", "dust", "icing", "ice", "lightning at", "snow clearing", "microburst",
        "thunderstorms", "storms", "CB", "CBs", "brume", "nevada", "ventisca", "viento fuerte", "Starkregen", "Glatteis",
    ],
    "airport": [
        "walkout", "industrial action", "strike action", "staff walkout", "friction poor", "poor friction",
        "braking action", "arrivals suspended", "departures suspended", "no arrivals", "no departures",
        "runway contamination", "contaminated", "contamination", "ramp closed", "apron closed", "clsd", "CLSD", "AD closed",
        "handling strike", "ground handling strike", "strike at the airport", "no handling", "fuel strike",
        "airport closed", "closed", "closure", "curfew", "gesperrt", "ferme", "cerrado", "cerrada", "mughlaq", "chiuso",
        "مغلق", "can't land", "cannot land", "unable to land", "not able to land", "can't take off there", "closes",
        "night ban", "Nachtflugverbot", "airport strike", "strike", "power failure at the airport", "terminal evacuated",
        "evacuation", "radar failure", "ILS u/s", "runway blocked", "disabled aircraft", "runway inspection", "no stand",
        "no gate", "no parking", "no landings", "no landing", "geschlossen", "chiusa", "fechado", "fermee",
        "puede aterrizar", "no puede aterrizar", "reopens", "reopening", "opens", "opens at", "reopen", "snow removal",
        "fuel shortage at", "no fuel at",
    ],
    "atc": [
        "ATFM", "flow control", "CTOT", "regulation", "flow restriction", "flow restrictions", "EDCT", "EOT", "slot delay",
        "ATC delay", "ATC strike", "ATC slot", "new slot", "missed slot", "slot missed", "waiting on slot", "slot time",
        "airspace closed", "airspace closure", "regulated",
    ],
    "cargo": [
        "reloading the cargo", "cargo reloading", "reload the cargo", "reload cargo", "reloading of cargo", "offloaded",
        "ULDs offloaded", "cargo to be reloaded", "restow", "restowing", "reloading cargo", "offload", "cold chain",
        "cargo loading", "offloading", "load shift", "cargo late", "late cargo", "cargo delay", "loading delay",
        "loading problem", "late loading", "dangerous goods incident", "weight and balance", "pallet damaged",
    ],
    "late_inbound": [
        "inbound a/c", "inbound aircraft", "inbound acft", "inbound flight", "incoming a/c", "incoming acft",
        "late inbound", "late arrival of the aircraft", "arrives late", "incoming aircraft", "verspatete Ankunft",
        "arrivee tardive", "late arriving aircraft", "late incoming aircraft", "aircraft arriving late", "late aircraft",
        "تأخر وصول", "late inbound aircraft", "inbound late", "inbound delayed", "inbound is late", "incoming late",
        "late arriving", "late rotation", "rotation late", "waiting for aircraft", "waiting for the aircraft",
        "waiting for the incoming aircraft", "awaiting inbound", "awaiting aircraft", "inbound aircraft late",
        "inbound not arrived", "late from", "delayed inbound", "retraso del avion", "avion tarde", "Flugzeug kommt zu spat",
        "late positioning",
    ],
    "other": [
        "load sheet", "loadsheet", "paperwork", "no-show bags", "no-show pax", "no show pax", "bags to offload",
        "tug broke down", "tug failure", "tug broken", "no tug", "GPU failure", "no GPU", "stairs broken", "bus broke down",
        "loader broken", "loader broke down", "belt loader", "pushback tug", "missing passport", "passport", "visa",
        "chest pain", "medics", "heart attack", "paramedics", "doctor", "wheelchair", "connecting pax",
        "connecting passengers", "transfer pax", "transit pax", "tech stop", "technical stop", "paging pax", "missing pax",
        "missing passenger", "missing passengers", "late pax", "late passengers", "late boarding", "boarding delay",
        "slow boarding", "fuelling delay", "refuelling delay", "late fuel", "late fuelling", "late catering",
        "catering late", "catering delay", "late cleaning", "cleaning delay", "bag search", "offloading bags",
        "bag offload", "baggage delay", "baggage system", "check-in system", "system outage", "IT outage", "system down",
        "security check", "security search", "security alert", "medical", "unruly", "no stairs", "no steps", "no bus",
        "immigration delay",
    ],
    "": [
        "no crew problem", "no crew problems", "no crew issue", "no crew issues", "doors closed", "door closed",
        "flight closed", "check-in closed", "gate closed", "boarding closed", "hatch closed", "hatches closed", "crew ok",
        "crew on board", "crew is ok", "captain happy", "captain informed", "crew informed", "cargo loaded",
        "loading finished", "weather ok", "weather fine", "weather at destination ok", "engine start", "engines running",
        "leak check", "slot ok", "inbound on time", "on schedule", "eng on it", "engineers on it", "engineers on board",
        "engineer on board", "captain decision", "crew room", "cold air", "open time",
    ],
}  # fmt: skip
"""By cause. Under ``""`` stands what is said of a flight on which nothing of the kind is wrong."""

_FURTHER = {"technical": HAZARDS, "crew": UNFIT_CREW, "other": ILL_PASSENGERS, **OTHER_FIRES}
MATTERS = {cause: [*dict.fromkeys([*words, *_FURTHER.get(cause, ())])] for cause, words in _MATTERS.items()}
"""Words that say what is wrong, by cause."""

TOPICS = {
    "technical": [
        "ETR", "RTS", "seat", "seats", "galley", "slide", "strut", "sensor", "indication", "probe", "valve", "screen",
        "battery", "engine", "engineers", "engineer", "motor", "moteur", "Triebwerk", "motore", "tech", "hydraulic",
        "repair", "Reparatur", "reparation", "to fix", "mechanical", "gear", "brake", "brakes", "tyre", "tire", "tyres",
        "APU", "flap", "flaps", "hyd", "hyd pump", "pump", "eng", "gearbox", "avionics", "radar", "door", "toilet",
        "toilets", "lavatory", "IFE", "pack", "bleed", "wheel", "nose wheel", "steering", "thrust reverser", "windows",
    ],
    "crew": [
        "crew", "captain", "first officer", "pilot", "Besatzung", "Kapitan", "equipage", "commandant", "tripulacion",
        "capitan", "taqm", "equipaggio", "comandante", "tripulacao", "طاقم", "FO", "F/O", "CPT", "capt", "copilot",
        "co-pilot", "pilots", "cabin crew", "purser", "flight attendant", "cockpit crew", "crews", "SCCM", "FA", "duty",
        "roster", "standby",
    ],
    "weather": [
        "wind", "meteo", "temperature", "visibility", "forecast",
    ],
    "airport": [
        "runway", "Landebahn", "piste", "pista", "airport", "Flughafen", "aeroport", "aeropuerto", "aeroporto", "rwy",
    ],
    "atc": [
        "ATC", "slot", "air traffic control", "Flugsicherung", "flow", "regulated", "creneau", "TSAT", "EUROCONTROL",
    ],
    "cargo": [
        "cargo", "shipment", "baggage loading", "loading of baggage", "loading", "pallet", "Fracht", "cargaison", "shahn",
        "شحن", "freight", "mail", "load", "ULD", "dangerous goods", "live animals",
    ],
    "late_inbound": [
        "inbound", "incoming",
    ],
    "other": [
        "passengers", "passenger", "pax", "baggage", "bags", "catering", "cleaning", "fuelling", "boarding",
    ],
}  # fmt: skip
"""By cause: what is wrong only where nothing else is said of it, or where a figure stands beside it."""
