"""Mail, through a real SMTP server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.notifications.channels.channel import Parcel
from services.notifications.channels.mail import MailboxNotValid, MailChannel, mailbox
from services.notifications.domain.answers import Verdict
from tests.services.notifications.channels.receivers import SmtpServer, smtp_server
from tests.services.notifications.channels.test_conformance import MESSAGE

TO = "desk@authority.example.org"
PARCEL = Parcel(message_id="d1", target=TO, type="RequestSent", language="en", message=MESSAGE, sent_at=datetime(2026, 6, 1, 9, tzinfo=UTC))
HEADERS = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress", "Content-Language"} | {
    "Content-Type", "Content-Transfer-Encoding", "MIME-Version", "X-Peer", "X-MailFrom", "X-RcptTo",
}  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[SmtpServer]:
    with smtp_server() as started:
        yield started


def channel(server: SmtpServer) -> MailChannel:
    return MailChannel(host=server.host, port=server.port, sender="rogatory@house.example.org")


def test_a_mail_is_marked_as_automatic_and_has_the_id_of_its_delivery(server: SmtpServer) -> None:
    channel(server).deliver(PARCEL)
    channel(server).deliver(replace(PARCEL, attempt=2))

    first, second = server.mails[-2:]
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["Message-ID"] == second["Message-ID"] == "<d1@house.example.org>"
    assert first.get_content_type() == "text/plain"
    assert "9 AR 12/26" in first.get_content()


def test_a_mail_in_french_keeps_its_accents(server: SmtpServer) -> None:
    channel(server).deliver(replace(PARCEL, language="fr", type="RequestSentBack"))

    assert "renvoyée comme incomplète" in server.mails[-1]["Subject"]
    assert "renvoyée comme incomplète" in server.mails[-1].get_content()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    reference=st.one_of(st.text(max_size=40), st.text(alphabet="\r\n\u2028\u0085\x0b\0 :aB", max_size=40), st.just("x\r\nBcc: other@example.org\r\n\r\nbody")),
    name=st.text(alphabet="\r\n\t \u2029.aé", max_size=20),
)
def test_no_header_can_be_injected(server: SmtpServer, reference: str, name: str) -> None:
    """DLV-07: whatever a reference or a name holds, a mail has our headers, one recipient and one subject line."""
    answer = channel(server).deliver(replace(PARCEL, message={**MESSAGE, "reference": reference.replace("\ud800", ""), "counterpart": name}))

    mail = server.mails[-1]
    assert answer.verdict is Verdict.ACCEPTED
    assert set(mail.keys()) <= HEADERS
    assert mail["To"] == TO
    assert len(mail.get_all("Subject") or []) == 1


@pytest.mark.parametrize(
    "text",
    ["", "nobody", "a@b@c.example", "a b@c.example", "a@c.example\r\nBcc: x@y.example", "<a@c.example>", "a@c.example, b@c.example", "é@c.example", "a@nodots"],
)
def test_what_is_not_one_mailbox_is_refused(text: str) -> None:
    """DLV-07."""
    with pytest.raises(MailboxNotValid):
        mailbox(text)


def test_a_mailbox_unknown_to_its_server_is_given_up_and_one_that_is_full_is_not(server: SmtpServer) -> None:
    server.refusals.update({"gone@c.example": "550 no such mailbox", "full@c.example": "452 mailbox full"})

    assert channel(server).deliver(replace(PARCEL, target="gone@c.example")).verdict is Verdict.REJECTED
    assert channel(server).deliver(replace(PARCEL, target="full@c.example")).verdict is Verdict.FAILED
