"""Words around what is wrong: what is over, what a time means, where a flight is, whom a problem is about.

Several languages, written without accents, as in ``words``. A word with another common meaning does not stand here.
"""

from __future__ import annotations

WITHDRAWN = {
    "technical": [
        "could not be reproduced", "cannot be reproduced", "could not reproduce", "not reproducible", "aircraft cleared",
        "a/c cleared", "cleared for flight", "cleared to fly", "released to service", "returned to service",
        "back in service", "back to service", "back on line", "AOG cancelled", "AOG msg cancelled", "AOG over", "AOG canx",
        "AOG lifted", "no AOG", "released by engineering", "released by maintenance", "a/c released", "aircraft released",
        "ac released", "released", "serviceable again", "serviceable", "defect cleared", "cleared by engineers",
        "cleared by maintenance", "rectified", "fixed", "repaired", "found no fault", "no fault found", "nff",
        "ground checked ok", "checked ok", "signed off", "rts", "good to go", "airworthy", "wieder klar", "freigegeben",
        "repariert", "behoben", "remis en service", "repare", "reparee", "relache", "reparado", "reparada", "liberado",
        "de vuelta en servicio", "riparato", "riparata", "rilasciato", "consertado", "liberada",
        "\u062a\u0645 \u0625\u0635\u0644\u0627\u062d\u0647",
    ],
    "airport": [
        "reopened", "re-opened", "open again", "has opened", "is open", "now open", "opened again", "closure lifted",
        "wieder offen", "wieder geoffnet", "rouvert", "rouverte", "reabierto", "reabierta", "riaperto", "riaperta",
        "reaberto",
    ],
    "weather": [
        "fog lifted", "fog has lifted", "fog cleared", "weather improved", "wx improved", "above minima", "storm passed",
        "storm has passed", "weather is good", "weather good", "cavok now", "nebel weg", "brouillard leve",
    ],
    "crew": [
        "crew complete", "crew is complete", "crew found", "replacement crew found", "captain is fit", "fo is fit",
        "fit again", "fit for duty", "fit to fly", "fit for flight", "feels better", "crew is legal", "crew legal again",
        "standby called and on board", "reserve on board", "crew now on board", "wieder fit", "wieder gesund",
    ],
    "atc": [
        "slot cancelled", "slot released", "slot improved to now", "ready message accepted", "regulation cancelled",
        "regulation lifted", "flow restriction lifted", "flow control lifted", "slot entfallt", "creneau annule",
    ],
    "": [
        "solved", "problem solved", "resolved", "sorted", "sorted out", "no longer an issue", "no longer a problem",
        "issue closed", "is over", "now over", "gelost", "resolu", "resuelto", "risolto", "resolvido",
    ],
}  # fmt: skip
"""What says that something is over, by the cause that it speaks of; under ``""`` whatever the cause is."""

NOT_OVER = [
    "then", "and then", "afterwards", "after that", "to be", "will be", "be", "being", "until", "till", "once", "when",
    "if", "not", "not yet", "isn't", "hasn't been", "needs", "need", "expected", "expect", "should be", "could be",
    "can be", "to get", "getting", "gets", "for", "waiting", "awaiting", "cannot be", "can't be", "hope", "hoping",
    "unless", "before", "after", "as soon as", "est", "estimated", "nicht", "noch nicht", "bis", "wird", "sobald", "wenn",
    "pas", "pas encore", "sera", "des que", "no", "aun no", "cuando", "non", "non ancora", "nao", "ainda nao", "partly",
    "partially", "nearly", "almost", "no longer",
]  # fmt: skip
"""What stands before such a word when it is not over."""

CUES = {
    "not_before": {
        "take_off": [
            "CTOT", "TTOT", "EDCT", "EOT", "slot", "slot time", "new slot", "take-off slot", "takeoff slot",
            "take off slot", "ATC slot", "calculated take-off time", "slot at", "wheels up", "slot um", "creneau",
            "creneau a", "nuevo slot", "slot nuevo", "slot alle", "airborne not before",
        ],
        "off_blocks": [
            "will leave", "now leave", "will now leave", "will now depart", "now leaving", "leave at", "leaves at",
            "going at", "goes at", "to leave at", "to depart at", "ETD", "new ETD", "NTD", "TOBT", "TSAT", "EOBT",
            "new STD", "new time", "new departure", "new dep time", "new departure time", "delayed to", "delayed until",
            "delayed till", "dly to", "dlyd to", "delay to", "retimed to", "retimed", "rescheduled to", "rescheduled for",
            "reschd", "moved to", "pushed to", "postponed to", "postponed until", "now departing", "now leaves",
            "departs now", "will depart", "leaving now at", "departure now", "dep now", "revised departure", "revised ETD",
            "expected departure", "expected to depart", "exp dep", "est dep", "estimated off blocks", "verschoben auf",
            "verspatet auf", "neue Abflugzeit", "Abflug jetzt", "retarde a", "nouveau depart", "depart prevu",
            "depart reporte a", "reporte a", "retrasado hasta", "retrasado a", "nueva salida", "salida a", "ritardato alle",
            "nuova partenza", "posticipato alle", "atrasado para", "nova partida", "not leaving before", "cannot go before",
            "can't go before", "can go at", "can depart at", "can leave at",
        ],
        "landing": [
            "arrival slot", "slot at arrival", "slot for arrival", "slot on arrival", "landing only after", "landing slot",
            "land not before", "landing not before", "EAT", "expected approach time",
        ],
        "over": [
            "ETA of fix", "eta for fix", "fix expected", "fix by", "fix at", "etr slips to", "slips to", "ETR", "E.T.R.",
            "est release", "estimated release", "est return to service", "ETS", "ETTR", "next serviceable", "RTS",
            "est RTS", "expected RTS", "ready", "ready at", "ready by", "serviceable at", "serviceable by", "u/s until",
            "AOG until", "AOG till", "available", "available at", "available from", "fixed by", "fixed at", "repaired by",
            "done by", "finished by", "finish", "completed by", "back", "back at", "back by", "released at", "released by",
            "release", "release at", "release est", "release estimate", "estimate", "est", "est.", "due", "arrives",
            "arriving", "lands", "lands at", "landing at", "ETA", "new ETA", "inbound ETA", "arrival", "expected",
            "expected at", "exp", "earliest", "fertig um", "fertig", "bereit um", "klar um", "pret a", "pret", "repare a",
            "listo a las", "listo", "lista", "pronto alle", "pronto", "part arrives", "parts arrive", "spare arrives",
            "estimated ready", "estimated arrival",
        ],
    },
    "not_after": {
        "off_blocks": [
            "need off by", "needs off by", "need to be off by", "needs to be off by", "off by", "off blocks by",
            "must be off by", "must depart by", "must go by", "must leave by", "must push by", "has to depart by",
            "has to leave by", "has to go by", "latest departure", "last departure", "latest off blocks", "needs to go by",
            "needs to leave by", "depart before", "leave before", "cannot go after", "can't go after",
            "cannot depart after", "can't depart after", "muss raus bis", "letzter Abflug",
        ],
        "take_off": [
            "must be airborne by", "airborne by", "airborne before", "latest take-off", "latest takeoff", "slot expires",
            "slot expires at", "slot until", "slot valid until", "slot lost after", "cannot take off after",
            "can't take off after",
        ],
        "landing": [
            "only until", "can only do until", "can only work until", "can only operate until", "can do until",
            "can operate until", "can work until", "can fly until", "can stay until", "good until", "FDP max", "max FDP",
            "hits FDP max", "hits FDP at", "out of hours at", "out of hours", "out of hours from", "out of hours after",
            "duty ends", "duty ends at", "duty limit", "duty limit at", "duty until", "duty expires", "duty expires at",
            "FDP ends", "FDP limit", "FDP expires", "FDP until", "legal until", "legal till", "crew until", "timed out at",
            "times out at", "times out", "time out at", "must land by", "must land before", "land before", "land by",
            "cannot land after", "can't land after", "unable to land after", "no landing after", "no landings after",
            "on blocks by", "Dienstzeit bis", "Dienstzeitende", "hors temps a", "fin de service",
        ],
    },
    "closed_from": {
        "": [
            "curfew", "curfew at", "curfew from", "curfew starts", "curfew begins", "closes", "closes at", "closing",
            "closing at", "night ban", "night ban from", "closed from", "closed as from", "closed after", "closure from",
            "schliesst um", "ferme a", "cierra a las", "chiude alle", "Nachtflugverbot ab", "will close at",
            "will be closed from",
        ],
    },
    "closed_until": {
        "": [
            "ends", "ends at", "strike ends", "closure ends", "opens", "opens at", "open at", "open again at", "open from",
            "reopens", "reopens at", "re-opens", "re-opens at", "opening", "opening at", "reopening", "reopening at",
            "will reopen at", "expected to open at", "expected to reopen at", "closed until", "closed till", "closed to",
            "closed thru", "closure until", "offnet um", "gesperrt bis", "geschlossen bis", "ouvre a", "rouvre a",
            "ferme jusqu'a", "fermee jusqu'a", "abre a las", "cerrado hasta", "cerrado hasta las", "cerrada hasta",
            "riapre alle", "chiuso fino alle", "chiusa fino alle", "fechado ate",
        ],
    },
    "departure": {
        "": [
            "STD", "scheduled", "scheduled at", "scheduled departure", "sched", "sked", "schedule", "planned departure",
            "orig STD", "originally", "dep from", "plan", "planmassig", "der", "die", "le vol de", "el de las", "the",
        ],
    },
    "reference": {
        "": [
            "at", "since", "reported at", "found at", "time now", "msg", "message", "as of", "issued", "obs", "observed",
            "off blocks", "airborne", "airborne at", "took off at", "landed at", "landed", "on blocks", "touchdown",
            "diverted at", "STA", "returned at", "seit", "depuis", "desde", "pushed back at", "blocks off", "offblocks",
            "back at gate", "back on stand", "back at stand", "back at the gate", "arrived", "back on blocks", "next info",
            "next info at", "next update", "next update at", "next advice", "next adv", "NI", "um", "a las", "alle",
            "reporting", "report time", "reports at", "check-in", "started", "started at", "happened at",
            "released to service at", "fixed at",
        ],
    },
}  # fmt: skip
"""What stands before a time: the field or what it is for, then what the time is about (``Problem.of``), then words."""

OTHER_ROLES = [
    "departure", "reference",
]  # fmt: skip
"""Times that belong to no problem: the schedule, and when something happened."""

ABOUT = {
    "off_blocks": [
        "go", "going", "goes", "depart", "departs", "departing", "leave", "leaves", "leaving", "push", "pushback",
        "delayed", "off blocks", "dispatch", "fliegen", "losfliegen", "abfliegen", "partir", "salir", "partire", "sair",
    ],
    "take_off": [
        "take off", "take-off", "takeoff", "airborne", "abheben", "decoller", "despegar", "decollare", "decolar",
    ],
    "landing": [
        "land", "landing", "touch down", "landen", "atterrir", "aterrizar", "atterrare", "pousar",
    ],
}  # fmt: skip
"""Verbs near a time that say what it is about."""

UTC = [
    "slot", "slot time", "new slot", "take-off slot", "takeoff slot", "take off slot", "ATC slot", "slot at", "nuevo slot",
    "creneau", "wheels up", "CTOT", "TTOT", "EDCT", "TOBT", "TSAT", "EOBT", "EOT", "EAT", "calculated take-off time",
    "expected approach time",
]  # fmt: skip
"""Times of air traffic control are UTC, whether or not a Z stands behind them."""

WINDOWS = {"airport": ["closed_from", "closed_until"], "weather": ["closed_from", "closed_until"]}
"""Causes whose times say from when to when a place cannot be used."""

MARKS = {
    "mel": [
        "MELed", "MEL'd", "MEL ed", "DDG", "DDPG", "dispatch ok", "dispatch approved", "within MEL", "MEL limits",
        "MEL", "M.E.L.",
        "MMEL", "deferred", "deferred item", "deferral", "deferred defect", "ADD raised", "DDL", "HIL", "CDL",
        "hold item", "carried forward", "carry forward", "dispatch with", "dispatchable", "zuruckgestellt",
        "reporte au MEL",
    ],
}  # fmt: skip
"""Words that say that a defect is deferred, and the flight dispatched with it."""

PLACE_FORMS = [
    r"(?<![\w-])[A-Z]{3}\s*(?:-|/|>|to)\s*[A-Z]{3}(?![\w-])",
    r"(?i:(?<!\w)(?:to|from|at|in|into|out of|for|ex|nach|von|vers|depuis|hacia|desde))\s+[A-Z]{3}(?![\w-])(?!\s*\d)",
]
"""Codes of airports where they stand as such: MEL is Melbourne, too, CPT Cape Town and DDG Dandong."""

SUBJECTS = {
    "crew:captain": [
        "captain", "capt", "CPT", "commander", "PIC", "Kapitan", "commandant", "commandant de bord", "capitan",
        "comandante", "\u0627\u0644\u0642\u0628\u0637\u0627\u0646",
    ],
    "crew:fo": [
        "first officer", "FO", "F/O", "SFO", "co-pilot", "copilot", "copilote", "copiloto", "Copilot", "primo ufficiale",
    ],
    "crew:cabin": [
        "cabin crew", "purser", "flight attendant", "flight attendants", "SCCM", "cabin manager", "steward", "stewardess",
        "CC", "FA", "Kabinencrew", "Flugbegleiter", "hotesse", "PNC", "sobrecargo",
    ],
    "atc:slot": [
        "slot", "CTOT", "creneau",
    ],
}  # fmt: skip
"""Whom or what a problem is about, after its cause: the words, and the name that is kept."""

SUBJECT_FORMS = [
    r"(?i:\brwys?|\brunways?|\bpiste|\bpista|\blandebahn)\s*(?P<subject>[0-3]\d[LRC]?(?:/[0-3]\d[LRC]?)?)(?!\w)",
    r"(?<![\w-])(?P<subject>[A-Z]{1,2}-[A-Z]{3,4}|[0-9][A-Z]-[A-Z]{3}|[A-Z][0-9]-[A-Z0-9]{3})(?![\w-])",
    r"(?i:\b(?:mel|ata|item|iaw mel|ddl))\s*(?P<subject>[2-7]\d-\d{2}(?:-\d{2})?)(?![\w-])",
    r"(?<![\w-])(?P<subject>[2-7]\d-\d{2}-\d{2})(?![\w-])",
    r"(?i:\bata)\s*(?P<subject>[2-7]\d)(?!\d)",
]  # fmt: skip
"""Runways, registrations, ATA chapters and items, kept as written."""

POSITIONS = {
    "": [
        "must be airborne", "to be airborne", "be airborne", "airborne by", "airborne before", "not airborne",
        "not yet airborne", "airborne not before", "if airborne", "unless airborne", "not departed", "not yet departed",
        "not taken off", "before boarding", "boarding delay", "boarding delayed", "slow boarding", "late boarding",
        "before departure", "departed late", "inbound departed", "inbound airborne", "inbound landed", "inbound diverted",
        "inbound has diverted", "inbound has departed", "part departed",
    ],
    "returned": [
        "landed back", "landed back at", "returned and landed", "returned due", "returned with", "back at gate",
        "back at the stand", "back at its stand", "returned to stand", "returned to gate", "returned to blocks",
        "returned to ramp", "return to stand", "return to gate", "return to ramp", "returning to stand",
        "returning to gate", "back on stand", "back at the gate", "back on blocks", "back at stand", "back to stand",
        "back to gate", "gate return", "ramp return", "RTG", "taxied back", "came back to stand", "zuruck an der Position",
        "zuruck am Gate", "zuruckgerollt", "retour au parking", "retour au poste", "regreso a puerta", "vuelto a la puerta",
        "rientrato al parcheggio", "air return", "air turnback", "airturnback", "ATB", "turned back and landed",
    ],
    "landed": [
        "landed instead at", "diverting and landed", "diverted to", "diverted and landed", "has diverted", "diverted",
        "landed at", "has landed at", "landed in", "diversion to", "divert to", "now on ground at", "on ground at",
        "ausgewichen nach", "deroute vers", "deroute a", "desviado a", "dirottato a", "desviado para",
    ],
    "air": [
        "is enroute", "now enroute", "currently enroute", "is en route", "now en route", "airborne", "in the air",
        "in flight", "in cruise", "took off", "departed", "has departed", "is flying", "on approach", "holding over",
        "in der Luft", "unterwegs", "en vol", "en vuelo", "in volo", "em voo", "after departure", "after take-off",
        "after takeoff", "overhead", "mid-air", "inflight", "climbing", "descending", "FL300", "TOD",
    ],
    "taxi": [
        "taxiing", "taxying", "on taxi", "taxi out", "taxi-out", "during taxi", "on the taxiway", "holding point",
        "at holding point", "pushed back", "after pushback", "lining up", "rollt", "auf dem Rollweg", "au roulage",
        "rodando", "in rullaggio", "rejected take-off", "rejected takeoff", "RTO",
    ],
    "stand": [
        "on stand", "at stand", "still on stand", "on blocks at the gate", "at the gate", "at gate", "still at gate",
        "parked", "on bay", "at bay", "boarding", "boarded", "am Gate", "auf Position", "au parking", "au poste",
        "en puerta", "al gate", "no stand",
    ],
}  # fmt: skip
"""Where a flight is; under ``""`` what does not say so, though it holds such words."""

LANDED_AT = [
    "diverted to", "diverting to", "divert to", "diversion to", "landed at", "landed in", "has landed at", "on ground at",
    "now on ground at", "ausgewichen nach", "deroute vers", "deroute a", "desviado a", "dirottato a", "desviado para",
    "landed", "diverted",
]  # fmt: skip
"""What stands before the airport that a flight landed at instead."""

OTHER_AIRCRAFT = [
    "swap to", "swap with", "swapped to", "swapped with", "swapped for", "change to", "changed to", "replaced by",
    "replacement", "spare", "standby aircraft", "instead use", "use", "ersetzt durch", "remplace par", "inbound",
    "incoming", "behind",
]  # fmt: skip
"""Words before a registration that is not the aircraft of the flight."""
