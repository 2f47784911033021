"""Mail by SMTP: plain text, deterministic Message-ID, marked as automatic, no personal data, headers that cannot be injected."""

from __future__ import annotations

import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from services.notifications.channels.channel import Parcel
from services.notifications.domain.answers import Answer, Verdict
from services.notifications.messages.letter import letter

LONGEST_MAILBOX = 254
PERMANENT = 500
UNUSABLE_NOW = (421, 530, 535)  # the server itself, not the mailbox: try again


class MailboxNotValid(ValueError):
    """The text is not the address of one mailbox."""


def mailbox(text: str) -> Address:
    """Return *text* as an address.

    Raises:
        MailboxNotValid: it is not exactly one plain ``local@domain`` in ASCII, or holds a control character.
    """
    if (
        len(text) > LONGEST_MAILBOX
        or not text.isascii()
        or text.count("@") != 1
        or any(sign.isspace() or ord(sign) < 0x20 or sign in '<>,;:()[]"\\' for sign in text)
    ):
        raise MailboxNotValid("write one mailbox as name@domain")
    try:
        address = Address(addr_spec=text)
    except (ValueError, IndexError) as fault:
        raise MailboxNotValid("write one mailbox as name@domain") from fault
    if not address.username or ("." not in address.domain and address.domain != "localhost"):
        raise MailboxNotValid("write one mailbox as name@domain")
    return address


def one_line(text: str) -> str:
    """Return *text* fit for a header: every control character and line separator becomes a space."""
    return " ".join("".join(" " if not sign.isprintable() else sign for sign in text).split())


def composed(parcel: Parcel, sender: Address) -> EmailMessage:
    """Return the mail; everything but its Date is the same at every attempt."""
    to = mailbox(parcel.target)
    text = letter(parcel.type, parcel.message, parcel.language)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = to
    mail["Subject"] = one_line(text.subject)
    mail["Date"] = format_datetime(parcel.sent_at)
    mail["Message-ID"] = f"<{one_line(parcel.message_id)}@{sender.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(text.body)  # takes away every header Content-…, so the language comes after it
    mail["Content-Language"] = text.language
    return mail


class MailChannel:
    """Hands mails to one SMTP server, one connection an attempt."""

    name = "mail"

    def __init__(self, *, host: str, port: int, sender: str, time_limit_seconds: float = 15.0, tls: ssl.SSLContext | None = None) -> None:
        self._host, self._port = host, port
        self._sender = mailbox(sender)
        self._time_limit_seconds = time_limit_seconds
        self._tls = tls

    def deliver(self, parcel: Parcel) -> Answer:
        """Make one attempt. A mailbox that does not exist is rejected for good; a server that is away is tried again."""
        try:
            mail = composed(parcel, self._sender)
        except MailboxNotValid as fault:
            return Answer(Verdict.REJECTED, detail=str(fault))
        accepted = False
        try:
            with smtplib.SMTP(self._host, self._port, local_hostname=self._sender.domain, timeout=self._time_limit_seconds) as server:
                if self._tls is not None:
                    server.starttls(context=self._tls)
                server.send_message(mail)
                accepted = True
        except smtplib.SMTPRecipientsRefused as refusal:
            code = next(iter(refusal.recipients.values()))[0]
            return refused(code, "the mailbox was refused")
        except smtplib.SMTPResponseException as refusal:
            if not accepted:  # what goes wrong in saying goodbye does not take back the mail
                return refused(refusal.smtp_code, "the mail was refused")
        except (OSError, smtplib.SMTPException) as fault:
            if not accepted:
                return Answer(Verdict.FAILED, detail=f"no connection to the mail server: {type(fault).__name__}")
        return Answer(Verdict.ACCEPTED, 250)


def refused(code: int, detail: str) -> Answer:
    """Return what an SMTP refusal means: 5xx about this mail is for good, 4xx and trouble of the server itself are not."""
    permanent = code >= PERMANENT and code not in UNUSABLE_NOW
    return Answer(Verdict.REJECTED if permanent else Verdict.FAILED, code, f"{detail} ({code})")
