"""A level that is reached arrives as a letter in the language of the authority: from the rows, by the sender, through a real mail server."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from psycopg import Connection

from services.notifications.channels.mail import MailChannel
from services.notifications.keys import WebhookKeys
from services.notifications.sender import Sender
from services.notifications.timers import fire_all
from services.notifications.warning import Warnings
from shared.calendars.national import Calendars
from shared.storage.pool import Pool
from tests.services.notifications.builders import (
    API_KEY_SECRET,
    PLACE,
    T0,
    E,
    R,
    Stream,
    acknowledged,
    clock_started,
    drafted,
    follow,
    known_up_to,
    registered,
    sent,
)
from tests.services.notifications.channels.receivers import smtp_server

LEVEL_1 = datetime(2026, 6, 24, 22, tzinfo=UTC)
PERSONAL = "Accounts of the suspect born 1980"


@pytest.mark.parametrize(
    ("language", "sentence", "dates"),
    [
        (
            "fr",
            "Le délai EIO-RECOG expire bientôt",
            ("Date sûre: mercredi 1er juillet 2026", "Date du texte: samedi 4 juillet 2026", "Date légale reportée: lundi 6 juillet 2026"),
        ),
        (
            "es",
            "El plazo EIO-RECOG termina pronto",
            ("Fecha segura: miércoles 1 de julio de 2026", "Fecha del texto: sábado 4 de julio de 2026", "Fecha legal con traslado: lunes 6 de julio de 2026"),
        ),
    ],
)
def test_a_level_arrives_in_the_language_of_the_authority(conn: Connection[Any], pool: Pool, language: str, sentence: str, dates: tuple[str, ...]) -> None:
    registered(conn, E, contacts={"desk": {"mail": "desk@e.example.org"}}, time_zone="Europe/Prague", state="CZ", languages=(language, "en"))
    registered(conn, R)
    stream = Stream()
    clock = clock_started(stream, nominal_due=date(2026, 7, 4), adjusted_due=date(2026, 7, 6))
    follow(conn, stream.add(drafted(subject=PERSONAL), sent(), acknowledged(), clock, recorded_at=T0))
    known_up_to(conn, LEVEL_1)
    fire_all(conn, Warnings(PLACE, Calendars()), sandbox=True)
    known_up_to(conn, LEVEL_1 + timedelta(days=1))

    with smtp_server() as server:
        mail = MailChannel(host=server.host, port=server.port, sender="rogatory@house.example.org")
        Sender(pool, {"mail": mail}, WebhookKeys(API_KEY_SECRET), PLACE).send_due()
        (arrived,) = server.mails

    text = arrived.get_content()
    assert (arrived["To"], arrived["Content-Language"]) == ("desk@e.example.org", language)
    for part in (sentence, *dates, "EU-EIO Art. 12(3)", f"/requests/{stream.id}"):
        assert part in text
    assert PERSONAL not in text + arrived["Subject"]
