"""Words of months, days of the week, ordinals and days relative to today, without accents."""

from __future__ import annotations

from collections.abc import Mapping

MONTHS: Mapping[str, int] = {
    word: number
    for number, words in enumerate(
        (
            "jan january januar janvier enero gennaio janeiro",
            "feb february februar fevrier febrero febbraio fevereiro",
            "mar march marz mars marzo marco",
            "apr april avril abril aprile",
            "may mai mayo maggio maio",
            "jun june juni juin junio giugno junho",
            "jul july juli juillet julio luglio julho",
            "aug august aout agosto",
            "sep sept september septembre septiembre settembre setembro",
            "oct october oktober okt octobre octubre ottobre outubro",
            "nov november novembre noviembre novembro",
            "dec december dezember dez decembre diciembre dicembre dezembro",
        ),
        start=1,
    )
    for word in words.split()
}
MONTH_WORDS = "|".join(sorted(MONTHS, key=len, reverse=True))
_ONES = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"]
_TEENS = [
    "tenth",
    "eleventh",
    "twelfth",
    *(f"{each}teenth" for each in ("thir", "four", "fif", "six", "seven", "eigh", "nine")),
]
ORDINALS: Mapping[str, int] = {
    **{
        word: number
        for number, word in enumerate(
            _ONES + _TEENS,
            start=1,
        )
    },
    **{f"twenty-{word}": 20 + number for number, word in enumerate(_ONES, start=1)},
    "twentieth": 20,
    "thirtieth": 30,
    "thirty-first": 31,
}
WEEKDAYS: Mapping[str, int] = {
    word: number
    for number, words in enumerate(
        (
            "monday montag lundi lunes lunedi",
            "tuesday dienstag mardi martes martedi",
            "wednesday mittwoch mercredi miercoles mercoledi",
            "thursday donnerstag jeudi jueves giovedi",
            "friday freitag vendredi viernes venerdi",
            "saturday samstag samedi sabado sabato",
            "sunday sonntag dimanche domingo domenica",
        )
    )
    for word in words.split()
}
RELATIVE: Mapping[str, int] = {
    **dict.fromkeys(("today", "tonight", "this morning", "this afternoon", "this evening"), 0),
    **dict.fromkeys(("heute", "heute morgen", "heute abend", "aujourd'hui", "ce matin", "ce soir"), 0),
    **dict.fromkeys(("hoy", "oggi", "stasera", "hoje", "al yawm", "alyawm", "\u0627\u0644\u064a\u0648\u0645"), 0),
    **dict.fromkeys(("bugun", "\u0441\u0435\u0433\u043e\u0434\u043d\u044f", "\u4eca\u5929", "\u4eca\u65e5"), 0),
    **dict.fromkeys(("yar\u0131n", "\u0437\u0430\u0432\u0442\u0440\u0430", "\u660e\u5929", "\u660e\u65e5"), 1),
    **dict.fromkeys(("tomorrow", "tomorow", "tommorow", "tommorrow", "tmrw", "tmr"), 1),
    **dict.fromkeys(("morgen", "demain", "manana", "domani", "amanha", "ghadan", "bukra", "\u063a\u062f\u0627"), 1),
    **dict.fromkeys(
        ("yesterday", "last night", "gestern", "d'hier", "ayer", "ieri", "ontem", "\u0627\u0645\u0633"), -1
    ),
    **dict.fromkeys(("day after tomorrow", "ubermorgen", "apres-demain", "pasado manana", "dopodomani"), 2),
    **dict.fromkeys(
        ("depois de amanha", "\u0628\u0639\u062f \u063a\u062f", "\u0628\u0639\u062f \u063a\u062f\u0627"), 2
    ),
    **dict.fromkeys(("day before yesterday", "vorgestern", "avant-hier", "anteayer", "anteontem", "altro ieri"), -2),
}
"""Days from the day of receipt; also today and tomorrow in Turkish, Russian, Chinese and Japanese."""
COUNTS = {
    "one": 1,
    **dict.fromkeys(("two", "zwei", "deux", "dos", "due"), 2),
    **dict.fromkeys(("three", "drei", "trois", "tres", "tre"), 3),
}
