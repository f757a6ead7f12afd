"""Words of reports and what they mean: causes, airports, and how a flight, a place or a time is introduced.

They go with the schema of the incident to whatever reads the report. Several languages, written without accents: readers
compare without them. A word that is left out is asked for; a word that is wrong here is a wrong decision, so no word that has
another common meaning stands here.
"""

from __future__ import annotations

AIRPORT_KEYWORDS = {
    "ADD": ["Addis Ababa", "Addis"],
    "ALA": ["Almaty"],
    "AMD": ["Ahmedabad"],
    "AMM": ["Amman"],
    "AMS": ["Amsterdam", "Schiphol"],
    "ATH": ["Athens", "Athen", "Athenes"],
    "AUH": ["Abu Dhabi", "Abou Dhabi", "Abu Zabi", "Zayed International"],
    "BAH": ["Bahrain", "Manama"],
    "BCN": ["Barcelona", "Barcelone"],
    "BEY": ["Beirut", "Beyrouth"],
    "BKK": ["Bangkok"],
    "BLR": ["Bangalore", "Bengaluru"],
    "BOM": ["Mumbai", "Bombay"],
    "BOS": ["Boston"],
    "BRU": ["Brussels", "Brussel", "Bruxelles"],
    "CAI": ["Cairo", "Kairo", "Le Caire", "al Qahira"],
    "CCJ": ["Calicut", "Kozhikode"],
    "CCU": ["Kolkata", "Calcutta"],
    "CDG": ["Paris", "Charles de Gaulle", "Roissy"],
    "CGK": ["Jakarta"],
    "CMB": ["Colombo"],
    "COK": ["Cochin", "Kochi"],
    "DAC": ["Dhaka"],
    "DEL": ["Delhi", "New Delhi"],
    "DMM": ["Dammam"],
    "DOH": ["Doha"],
    "DUB": ["Dublin"],
    "FCO": ["Rome", "Rom", "Roma", "Fiumicino"],
    "FRA": ["Frankfurt", "Francfort"],
    "GVA": ["Geneva", "Genf", "Geneve", "Ginebra"],
    "GYD": ["Baku"],
    "HKG": ["Hong Kong"],
    "HYD": ["Hyderabad"],
    "IAD": ["Washington", "Dulles"],
    "ICN": ["Seoul", "Incheon"],
    "ISB": ["Islamabad"],
    "IST": ["Istanbul"],
    "JED": ["Jeddah", "Djeddah", "Dschidda"],
    "JFK": ["New York", "Nueva York"],
    "JNB": ["Johannesburg"],
    "KHI": ["Karachi"],
    "KTM": ["Kathmandu"],
    "KUL": ["Kuala Lumpur"],
    "KWI": ["Kuwait"],
    "LCA": ["Larnaca"],
    "LHE": ["Lahore"],
    "LHR": ["London", "Heathrow", "Londres"],
    "MAA": ["Chennai", "Madras"],
    "MAD": ["Madrid"],
    "MAN": ["Manchester"],
    "MCT": ["Muscat"],
    "MED": ["Medina", "Madinah"],
    "MEL": ["Melbourne"],
    "MLE": ["Male", "Maldives"],
    "MNL": ["Manila"],
    "MUC": ["Munich", "Munchen"],
    "MXP": ["Milan", "Malpensa", "Milano", "Mailand"],
    "NBO": ["Nairobi"],
    "NRT": ["Tokyo", "Narita", "Tokio"],
    "ORD": ["Chicago", "O'Hare"],
    "PEK": ["Beijing", "Peking", "Pekin"],
    "PVG": ["Shanghai", "Pudong"],
    "RUH": ["Riyadh", "Riad"],
    "SEZ": ["Seychelles", "Mahe"],
    "SIN": ["Singapore", "Singapur"],
    "SYD": ["Sydney"],
    "TBS": ["Tbilisi", "Tiflis"],
    "TRV": ["Trivandrum"],
    "VIE": ["Vienna", "Wien", "Vienne"],
    "YYZ": ["Toronto"],
    "ZRH": ["Zurich"],
}

ELSEWHERE = {
    "BGY": ["Bergamo"],
    "CIA": ["Ciampino"],
    "DCA": ["Reagan"],
    "DMK": ["Don Mueang"],
    "DWC": ["Al Maktoum"],
    "DXB": ["Dubai"],
    "EWR": ["Newark"],
    "GMP": ["Gimpo"],
    "HND": ["Haneda", "Tokyo Haneda"],
    "LCY": ["London City", "City Airport"],
    "LGA": ["LaGuardia", "La Guardia"],
    "LGW": ["Gatwick", "London Gatwick"],
    "LIN": ["Linate", "Milan Linate", "Milano Linate"],
    "LTN": ["Luton", "London Luton"],
    "MDW": ["Chicago Midway"],
    "ORY": ["Orly", "Paris Orly"],
    "PKX": ["Daxing", "Beijing Daxing"],
    "SAW": ["Sabiha", "Istanbul Sabiha"],
    "SHA": ["Hongqiao", "Shanghai Hongqiao"],
    "SHJ": ["Sharjah"],
    "STN": ["Stansted", "London Stansted"],
}
"""Airports that share a city with another: a report that names one does not mean the other."""

NOT_AIRPORTS = frozenset(
    [
        "AOG", "DDG", "EAT", "ZFW", "GPU", "ULD", "FMC", "EDTO", "APU", "ATC", "CAT", "CPT", "CRW", "DEP", "DLY", "ENG",
        "ETA", "ETD", "ETR", "FDP", "FOD", "HYD", "ILS", "IFE", "MCC", "MEL", "MVT", "NIL", "OCC", "OPS", "PAX", "RTO",
        "RWY", "SLA", "STA", "STD", "TBA", "TWY", "VIP", "CTO", "TBC", "TBD", "PSE", "PLS", "FYI", "EST", "EXP", "MIN",
        "MAX", "DUE", "ARR", "FLT", "ACT",
    ]
)  # fmt: skip
"""Words of three letters that stand in reports and are codes of airports as well."""

FLIGHT_WORDS = ["flight", "flt", "Flug", "vol", "vuelo", "volo", "voo", "rihla", "رحلة"]
"""Words that stand before a number instead of a carrier's code."""

BESIDE = [
    "inbound", "incoming", "part ex", "ex flight", "from flight", "arriving as", "arriving", "connecting to",
    "connecting from", "connection to", "connections to", "onward", "rotation of", "rotation from", "swap with",
    "aircraft of", "aircraft from", "crew of", "crew from", "pax from", "passengers from", "inbound flight",
    "incoming flight", "part on", "parts on", "spare on", "arriving on", "coming on", "comes on", "waiting for", "behind",
    "Zubringer", "vol entrant",
]  # fmt: skip
"""Words before a flight that is not the one that is disrupted."""

FROM = ["from", "out of", "departing", "leaving", "ex", "von", "aus", "ab", "depuis", "de", "desde", "min"]
TO = ["to", "into", "for", "bound for", "towards", "nach", "vers", "a", "para", "hacia", "ila"]
AT = ["the", "at", "departing", "departs", "dep", "STD", "scheduled", "scheduled at", "um", "der", "le", "a las"]

JARGON = {
    "no_day_after": [
        "rwys?",
        "runways?",
        "twy",
        "piste",
        "landebahn",
        "pista",
        "gate",
        "stand",
        "seat",
        "bay",
        "engines?",
        r"dew\w*",
        "qnh",
        "metar",
        "speci",
        "taf",
        "cavok",
        "nosig",
        r"(?:few|sct|bkn|ovc|vv)\d{3}",
        r"\d{5}kt",
        r"\d{5}g\d{2}kt",
        "9999",
    ],
    "no_day_before": [
        "pax",
        "passengers?",
        "seats?",
        "crew",
        "pilots?",
        "engines?",
        "load",
        r"in\s+(?:the\s+)?(?:metar|taf)",
        "metar",
        r"q\d{4}",
        r"a\d{4}",
        "qnh",
        "rwy",
        "runway",
        r"nm\b",
        r"ft\b",
        r"kt\b",
    ],
    "goes_on": [r"AOG\b"],
    "clock_after": ["std", "etd", "eta", "sta", "dep"],
}
"""Words that explain figures beside them: runways, weather and loads are not days, a scheduled time is not a duration.

Regular expressions, see ``conclave.language.text.Jargon``.
"""

COMMON = [
    "mins", "nothing", "further", "overhead", "about", "after", "again", "also", "another", "around", "because", "been",
    "before", "being", "both", "cannot", "delay", "delayed", "delays", "down", "during", "from", "going", "have", "having",
    "hour", "hours", "into", "just", "late", "later", "left", "less", "local", "making", "minute", "minutes", "more",
    "most", "much", "need", "needed", "needing", "needs", "next", "only", "other", "over", "please", "right", "same",
    "should", "since", "some", "still", "than", "that", "their", "them", "then", "there", "these", "they", "this", "time",
    "times", "today", "tomorrow", "until", "upto", "very", "waiting", "want", "well", "were", "what", "when", "where",
    "which", "while", "will", "with", "within", "without", "would", "your", "approx", "approximately", "expected", "takes",
    "take", "taking", "took", "done", "flight", "flights", "aircraft", "plane", "airplane", "aeroplane", "station", "noch",
    "wird", "sind", "eine", "einen", "nach", "fur", "stunden", "minuten", "avec", "dans", "pour", "heures", "heure", "para",
    "horas", "hora", "desde", "sono", "alle", "dalle", "delle", "advise", "update", "report", "reported", "reports",
    "hello", "team", "dear", "colleagues", "note", "thanks", "regards", "hold", "holding", "held", "improved", "missed",
    "first", "last", "second", "they're", "we're", "it's", "there's", "what's", "don't", "doesn't",
]  # fmt: skip
"""Words that say nothing of their own: a clause of other unknown words is told."""
