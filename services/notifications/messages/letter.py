"""From a message in codes to a letter in words. A pure function: the same message gives the same letter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.notifications.messages.catalogue import DIGESTS, HAPPENED, KINDS, LABELS, LANGUAGES, LEVELS, OWN_AFFAIRS
from services.notifications.messages.dates import written

DATES = ("happened_on", "recorded_on", "strict_due", "nominal_due", "adjusted_due", "promised_due")


@dataclass(frozen=True, slots=True)
class Letter:
    """Subject and plain text, in one of our languages."""

    subject: str
    body: str
    language: str


def spoken(languages: Sequence[str]) -> str:
    """Return the first of *languages* that we write in, else English."""
    return next((code for code in (text[:2].lower() for text in languages) if code in LANGUAGES), "en")


def letter(type_: str, message: Mapping[str, Any], language: str) -> Letter:
    """Return the letter that says *message*; an unknown language is written in English."""
    language = spoken([language])
    labels = LABELS[language]
    entries = message.get("entries", ())
    if len(entries) == 1:
        message = {**entries[0], **{name: value for name, value in message.items() if name != "entries"}}
    if len(entries) > 1:
        subject, lines = digest(message, language)
    elif type_ in OWN_AFFAIRS[language]:
        subject, text = OWN_AFFAIRS[language][type_]
        lines = [text.format(**{name: message.get(name, "") for name in ("target", "reason")})]
    else:
        subject, lines = about_a_request(type_, message, language)
    if message.get("link"):
        lines += ["", f"{labels['link']}: {message['link']}"]
    lines += ["", "-- ", *([labels["sandbox"]] if message.get("sandbox") else []), labels["automatic"], ""]
    return Letter(subject, "\n".join(lines), language)


def about_a_request(type_: str, message: Mapping[str, Any], language: str) -> tuple[str, list[str]]:
    """Return subject and lines of a message about one request: reference, other side, kind, what happened, dates."""
    labels = LABELS[language]
    happened = HAPPENED[language].get(type_, HAPPENED[language]["changed"])
    reference = message.get("reference") or labels["no_reference"]
    lines = [sentence for sentence in (happened, *level_sentences(message, language)) if sentence]
    lines += ["", f"{labels['reference']}: {reference}"]
    if message.get("counterpart"):
        lines.append(f"{labels['counterpart']}: {message['counterpart']}")
    if message.get("kind"):
        lines.append(f"{labels['kind']}: {KINDS[language].get(message['kind'], message['kind'])}")
    lines += [f"{labels[name]}: {text}" for name, text in dates_of(message, language)]
    if message.get("citation"):
        lines.append(f"{labels['citation']}: {message['citation']}")
    return f"{reference}: {happened.removesuffix('.')}", lines


def dates_of(message: Mapping[str, Any], language: str) -> list[tuple[str, str]]:
    """Return the dates that *message* has, by the name of their label, as *language* writes them."""
    return [(name, written(str(message[name]), language, message.get("zone"))) for name in DATES if message.get(name)]


def level_sentences(message: Mapping[str, Any], language: str) -> list[str]:
    """Return what a reached level means, and what the law does at its end; nothing for other messages."""
    if message.get("phase") is None:
        return []
    texts = LEVELS[language]
    sentences = [texts[message["phase"]].format(row=message.get("row"), level=message.get("level"))]
    if message.get("effect") in texts:
        sentences.append(texts["hard_stop"].format(effect=texts[message["effect"]]))
    return sentences


def digest(message: Mapping[str, Any], language: str) -> tuple[str, list[str]]:
    """Return subject and lines of one mail that names several time limits, the earliest first."""
    subject, opening = DIGESTS[language]
    entries = sorted(message["entries"], key=lambda entry: (str(entry.get("strict_due")), str(entry.get("reference"))))
    labels, lines = LABELS[language], [opening, ""]
    for entry in entries:
        reference = entry.get("reference") or labels["no_reference"]
        dates = dates_of(entry, language)
        named = [dict(dates).get("strict_due"), reference, entry.get("counterpart"), entry.get("row")]
        lines.append(", ".join(str(part) for part in named if part))
        lines += ["  " + sentence for sentence in level_sentences(entry, language)]
        lines += ["  " + " ".join(f"{labels[name]}: {text}." for name, text in dates)]
        lines += [f"  {entry[name]}" for name in ("citation", "link") if entry.get(name)]
    return subject.format(count=len(entries)), lines
