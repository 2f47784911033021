"""The local mail sink keeps what it is sent, and shows exactly that."""

import json
import smtplib
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest

from deploy.local.child import Child
from deploy.local.health import is_alive
from deploy.local.places import LOOPBACK, free_ports


@dataclass(frozen=True)
class Sink:
    url: str
    smtp_port: int

    def send(self, to: str, subject: str, text: str = "A request was sent.\n") -> None:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = "desk@authority.example", to, subject, "<7@authority.example>"
        mail.set_content(text)
        with smtplib.SMTP(LOOPBACK, self.smtp_port, timeout=10) as connection:
            connection.send_message(mail)

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return str(answer.read().decode())


@pytest.fixture(scope="module")
def sink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sink]:
    folder, ports = tmp_path_factory.mktemp("sink"), free_ports()
    page, smtp = next(ports), next(ports)
    env = {"MAIL_DIR": str(folder / "mail"), "SMTP_PORT": str(smtp), "SMTP_HOST": LOOPBACK, "HEALTH_PORT": str(page)}
    child = Child("mail-sink", [sys.executable, "-m", "deploy.local.mail_sink"], Path(folder / "sink.log"), env)
    child.start()
    child.wait_until(lambda: is_alive(f"http://{LOOPBACK}:{page}"), 20)
    yield Sink(f"http://{LOOPBACK}:{page}", smtp)
    assert child.stop(), "the sink had to be killed"


def test_a_mail_is_listed_for_its_recipient_only(sink: Sink) -> None:
    sink.send("Head@one.example", "Überfällig: 14 Tage")
    sink.send("desk@two.example", "Other")

    mails = json.loads(sink.get("/messages?to=head@one.example"))

    assert [(mail["to"], mail["from"], mail["subject"], mail["message_id"], mail["text"]) for mail in mails] == [
        (["Head@one.example"], "desk@authority.example", "Überfällig: 14 Tage", "<7@authority.example>", "A request was sent.\n")
    ]


def test_the_newest_mail_comes_first(sink: Sink) -> None:
    sink.send("order@one.example", "first")
    sink.send("order@one.example", "second")

    assert [mail["subject"] for mail in json.loads(sink.get("/messages?to=order@one.example"))] == ["second", "first"]


def test_the_page_shows_markup_as_text(sink: Sink) -> None:
    sink.send("page@one.example", "<script>alert(1)</script>", "1 < 2\n")

    page = sink.get("/")

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>" not in page
    assert "1 &lt; 2" in page
