"""The sentences of a derivation by language: a table, and how a day, a length and a code are written. Parameters stay as they are in every language."""

import re
from collections.abc import Mapping
from datetime import date

from services.requests.domain.clocks.event_words import EVENTS, STOPS
from shared.facts.written_days import written_day

LANGUAGES = ("en", "fr", "es")

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "row": "{row}: {citation}. {length}; {side} side acts; at the end: {effect}.",
        "asked_for": "The text names no figure; the requesting side asked for {date} with reasons.",
        "fixed": "The text names no figure; {date} was fixed in the case.",
        "advisory": "The text names no figure; the reminder is due on {date}, {before} before the strict date of {row}.",
        "local": "This limit is set locally; it is no law.",
        "national": "National law says the same: {row}, {citation}.",
        "start": "Starts with {event} on {moment} ({zone}): {day}.",
        "start_later": "The start moved to {day}: {event}.",
        "day_one": "The day of the event is not counted; day one is {day}.",
        "day_one_included": "The named day is day one: {day}.",
        "first_hour": "The hour of the event is not counted; hours run from {moment}.",
        "from_moment": "Hours run from the moment itself, {moment}.",
        "count": "{length} from there end on {end}.",
        "no_such_date": "The last month has no such date; the period ends on its last day.",
        "working_days": "Only working days of {calendar} count: {skipped}.",
        "working_days_all": "Only working days of {calendar} count; no day had to be left out.",
        "back": "{length} before {target} is {end}.",
        "extended": "Extended by {by} from the nominal end {begins}: {end}.",
        "may_be_extended": "An extension of {by} would count from the nominal end {begins}.",
        "stopped": "Stopped from {stopped_at} to {resumed_at} ({reason}): {amount} not counted.",
        "stopped_still": "Stopped since {stopped_at} ({reason}); the dates are provisional.",
        "nominal": "Nominal date: {end}.",
        "rolled": "{skipped}; the last day moves to {end}.",
        "two_working_days": "Two working days must lie inside; the last day moves to {end}.",
        "stays": "The last day does not roll.",
        "no_deadline": "A {nature} ends where it falls; it is no deadline.",
        "hours_stay": "Periods in hours do not roll.",
        "not_before": "The end is also the earliest moment: not before {end}.",
        "adjusted": "In time until {end}.",
        "wait_over": "The wait lasts until {end}; what is done before comes too early.",
        "never_ran": "By what is known now this clock of {row} should not have run: {reason}.",
        "strict": "The safest reading ends on {end}; alarms look at it.",
        "calendar": "Calendar {calendar}, time zone {zone}.",
    },
    "fr": {
        "row": "{row} : {citation}. {length} ; qui doit agir : {side} ; au terme : {effect}.",
        "asked_for": "Le texte ne donne aucun chiffre ; la partie requérante a demandé, motifs à l'appui, la date suivante : {date}.",
        "fixed": "Le texte ne donne aucun chiffre ; date fixée dans l'affaire : {date}.",
        "advisory": "Le texte ne donne aucun chiffre ; le rappel est dû le {date}, {before} avant la date sûre de {row}.",
        "local": "Ce délai est fixé localement ; il n'est pas de droit.",
        "national": "Le droit national dit de même : {row}, {citation}.",
        "start": "Commence par {event}, le {moment} ({zone}) : {day}.",
        "start_later": "Le point de départ est reporté au {day} : {event}.",
        "day_one": "Le jour de l'événement ne compte pas ; le premier jour est le {day}.",
        "day_one_included": "Le jour désigné est le premier jour : {day}.",
        "first_hour": "L'heure de l'événement ne compte pas ; les heures courent à partir du {moment}.",
        "from_moment": "Les heures courent dès l'instant même, le {moment}.",
        "count": "{length} à compter de là : fin le {end}.",
        "no_such_date": "Le dernier mois n'a pas ce quantième ; le délai finit le dernier jour de ce mois.",
        "working_days": "Seuls comptent les jours ouvrables de {calendar} : {skipped}.",
        "working_days_all": "Seuls comptent les jours ouvrables de {calendar} ; aucun jour n'a dû être écarté.",
        "back": "{length} avant le {target} : le {end}.",
        "extended": "Prolongé de {by} à partir du terme nominal, le {begins} : {end}.",
        "may_be_extended": "Une prolongation de {by} compterait à partir du terme nominal, le {begins}.",
        "stopped": "Suspendu du {stopped_at} au {resumed_at} ({reason}) : {amount} non comptés.",
        "stopped_still": "Suspendu depuis le {stopped_at} ({reason}) ; les dates sont provisoires.",
        "nominal": "Date du texte : {end}.",
        "rolled": "{skipped} ; le dernier jour est reporté au {end}.",
        "two_working_days": "Le délai doit comprendre deux jours ouvrables ; le dernier jour est reporté au {end}.",
        "stays": "Le dernier jour n'est pas reporté.",
        "no_deadline": "Ce terme ({nature}) tombe où il tombe ; ce n'est pas une échéance.",
        "hours_stay": "Les délais en heures ne sont pas reportés.",
        "not_before": "Le terme est aussi le premier moment possible : pas avant le {end}.",
        "adjusted": "Dans les temps jusqu'au {end}.",
        "wait_over": "L'attente dure jusqu'au {end} ; ce qui est fait avant l'est trop tôt.",
        "never_ran": "D'après ce que l'on sait maintenant, ce délai de {row} n'aurait pas dû courir : {reason}.",
        "strict": "La lecture la plus sûre finit le {end} ; les alertes la suivent.",
        "calendar": "Calendrier {calendar}, fuseau horaire {zone}.",
    },
    "es": {
        "row": "{row}: {citation}. {length}; quién debe actuar: {side}; al término: {effect}.",
        "asked_for": "El texto no da ninguna cifra; la parte requirente pidió, con motivos, esta fecha: {date}.",
        "fixed": "El texto no da ninguna cifra; fecha fijada en el asunto: {date}.",
        "advisory": "El texto no da ninguna cifra; el recordatorio vence el {date}, {before} antes de la fecha segura de {row}.",
        "local": "Este plazo se fija localmente; no es ley.",
        "national": "El derecho nacional dice lo mismo: {row}, {citation}.",
        "start": "Empieza con {event}, el {moment} ({zone}): {day}.",
        "start_later": "El inicio se traslada al {day}: {event}.",
        "day_one": "El día del hecho no se cuenta; el primer día es el {day}.",
        "day_one_included": "El día señalado es el primer día: {day}.",
        "first_hour": "La hora del hecho no se cuenta; las horas corren desde el {moment}.",
        "from_moment": "Las horas corren desde el momento mismo, el {moment}.",
        "count": "{length} desde entonces terminan el {end}.",
        "no_such_date": "El último mes no tiene esa fecha; el plazo termina el último día de ese mes.",
        "working_days": "Solo cuentan los días hábiles de {calendar}: {skipped}.",
        "working_days_all": "Solo cuentan los días hábiles de {calendar}; no hubo que excluir ningún día.",
        "back": "{length} antes del {target}: el {end}.",
        "extended": "Prorrogado {by} desde el término nominal, el {begins}: {end}.",
        "may_be_extended": "Una prórroga de {by} contaría desde el término nominal, el {begins}.",
        "stopped": "Suspendido del {stopped_at} al {resumed_at} ({reason}): {amount} no se cuentan.",
        "stopped_still": "Suspendido desde el {stopped_at} ({reason}); las fechas son provisionales.",
        "nominal": "Fecha del texto: {end}.",
        "rolled": "{skipped}; el último día se traslada al {end}.",
        "two_working_days": "El plazo debe comprender dos días hábiles; el último día se traslada al {end}.",
        "stays": "El último día no se traslada.",
        "no_deadline": "Este término ({nature}) cae donde cae; no es un vencimiento.",
        "hours_stay": "Los plazos en horas no se trasladan.",
        "not_before": "El término es también el primer momento posible: no antes del {end}.",
        "adjusted": "A tiempo hasta el {end}.",
        "wait_over": "La espera dura hasta el {end}; lo que se hace antes se hace demasiado pronto.",
        "never_ran": "Según lo que ahora se sabe, este plazo de {row} no debió correr: {reason}.",
        "strict": "La lectura más segura termina el {end}; las alertas la siguen.",
        "calendar": "Calendario {calendar}, huso horario {zone}.",
    },
}

PHRASES: Mapping[str, Mapping[str, str]] = {
    "fr": {
        "no figure": "sans chiffre",
        "the start": "le point de départ",
        " is a holiday": " est un jour férié",
        " is a weekend day": " est un jour de fin de semaine",
    },
    "es": {
        "no figure": "sin cifra",
        "the start": "el inicio",
        " is a holiday": " es festivo",
        " is a weekend day": " es fin de semana",
    },
}
CODES: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "fr": {
        "side": {
            "requested": "la partie requise",
            "requesting": "la partie requérante",
            "both": "chacune des deux parties",
            "person": "la personne concernée",
            "provider": "le fournisseur de services",
            "system": "personne, le temps seul agit",
        },
        "effect": {
            "none": "rien ne change",
            "may_release": "la personne peut être libérée",
            "must_release": "la personne doit être libérée",
            "lapse": "la mesure ou la protection devient caduque",
            "loss_of_right": "un droit se perd",
        },
        "nature": {"minimum": "attente minimale", "window": "période", "right": "faculté", "target": "objectif", "duty": "obligation"},
    },
    "es": {
        "side": {
            "requested": "la parte requerida",
            "requesting": "la parte requirente",
            "both": "cada una de las dos partes",
            "person": "la persona afectada",
            "provider": "el proveedor de servicios",
            "system": "nadie, el tiempo actúa por sí solo",
        },
        "effect": {
            "none": "nada cambia",
            "may_release": "la persona puede ser puesta en libertad",
            "must_release": "la persona debe ser puesta en libertad",
            "lapse": "la medida o la protección caduca",
            "loss_of_right": "se pierde un derecho",
        },
        "nature": {"minimum": "espera mínima", "window": "período", "right": "facultad", "target": "objetivo", "duty": "obligación"},
    },
}
"""The words of codes by language and parameter; the English sentences keep the codes, since their bytes make the fingerprint."""
WORDS: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    language: {**codes, "event": EVENTS[language], "reason": STOPS[language]} for language, codes in CODES.items()
}
UNITS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "fr": {"Y": ("an", "ans"), "M": ("mois", "mois"), "W": ("semaine", "semaines"), "D": ("jour", "jours"),
           "TH": ("heure", "heures"), "TM": ("minute", "minutes"), "TS": ("seconde", "secondes")},
    "es": {"Y": ("año", "años"), "M": ("mes", "meses"), "W": ("semana", "semanas"), "D": ("día", "días"),
           "TH": ("hora", "horas"), "TM": ("minuto", "minutos"), "TS": ("segundo", "segundos")},
}  # fmt: skip
AND: Mapping[str, str] = {"fr": " et ", "es": " y "}
LENGTHS = ("length", "by", "before", "amount")
LENGTH = re.compile(r"P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(?:T(\d+H)?(\d+M)?(\d+S)?)?")
HOURS: Mapping[str, str] = {"fr": " à {hour}", "es": " a las {hour}"}
SHOWN = re.compile(r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (\d{4}-\d\d-\d\d)(?: (\d\d:\d\d))?")
CITED = ("citation", "instrument", "row", "zone")


def reading(code: str, params: Mapping[str, str], language: str) -> str:
    """The sentence of *code* in *language*, its days written as that language writes them."""
    if language == "en":
        return SENTENCES["en"][code].format_map(dict(params))
    told = {name: text if name in CITED else _told(name, text, language) for name, text in params.items()}
    sentence = SENTENCES[language][code].format_map(told)
    return sentence[:1].upper() + sentence[1:]


def _told(name: str, text: str, language: str) -> str:
    if name in LENGTHS:
        return _length(text, language)
    word = WORDS[language].get(name, {}).get(text)
    return word or (text if name == "reason" else _said(text, language))


def _length(text: str, language: str) -> str:
    """`30 jours` for `P30D`, `2 meses y 3 días` for `P2M3D`; what is no length is said as other words are."""
    found = LENGTH.fullmatch(text)
    if found is None:
        return _said(text, language)
    parts = [(int(part[:-1]), unit) for part, unit in zip(found.groups(), UNITS[language], strict=True) if part]
    told = [f"{number} {UNITS[language][unit][number != 1]}" for number, unit in parts]
    return AND[language].join(filter(None, (", ".join(told[:-1]), *told[-1:])))


def _said(text: str, language: str) -> str:
    if text in ("no figure", "the start"):
        return PHRASES[language][text]
    for phrase in (" is a holiday", " is a weekend day"):
        text = text.replace(phrase, PHRASES[language][phrase])
    return SHOWN.sub(lambda found: _day(found, language), text)


def _day(found: re.Match[str], language: str) -> str:
    day, hour = found.groups()
    return written_day(date.fromisoformat(day), language) + (HOURS[language].format(hour=hour) if hour else "")
