"""Bodies and answers of subscriptions and deliveries, as the document shows them and as they are read."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.notifications.messages.catalogue import LANGUAGES
from shared.facts import CLOCK_FACTS, ESCALATION_FACTS, REQUEST_FACTS
from shared.facts.codes import Kind
from shared.web.documents import AnswerSchema
from shared.web.fields import Moment

CHANNELS = ("webhook", "mail")
TYPES = sorted({**REQUEST_FACTS, **CLOCK_FACTS, **ESCALATION_FACTS})
KINDS = sorted(Kind)
STATES = ("waiting", "sending", "delivered", "given_up", "cancelled")
ENDED = ("delivered", "given_up", "cancelled")
PURPOSES = ("fact", "escalation", "digest", "challenge", "test", "alert")
EXAMPLE_URL = "https://receiver.example.org/rogatory"

NAME = validate.Length(min=1, max=200)


class SubscriptionBody(Schema):
    """What is to be told to whom."""

    channel = fields.String(required=True, validate=validate.OneOf(CHANNELS))
    target = fields.String(
        required=True, validate=validate.Length(min=3, max=2_000), metadata={"description": "an https URL for webhook, one mailbox for mail"}
    )
    kinds = fields.List(fields.String(validate=validate.OneOf(KINDS)), load_default=list, metadata={"description": "only requests of these kinds; empty: all"})
    types = fields.List(fields.String(validate=validate.OneOf(TYPES)), load_default=list, metadata={"description": "only these types of facts; empty: all"})
    desk = fields.String(
        load_default=None,
        allow_none=True,
        validate=NAME,
        metadata={"description": "only what this desk is answerable for. Confidential requests are told to a subscription of their own desk only"},
    )
    language = fields.String(
        load_default=None, allow_none=True, validate=validate.OneOf(LANGUAGES), metadata={"description": "of mails; default: the authority's"}
    )
    label = fields.String(load_default=None, allow_none=True, validate=NAME)
    alert_to = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(min=3, max=254),
        metadata={"description": "mailbox that is told when the receiver can no longer be reached; default: a contact of the authority"},
    )

    @validates_schema
    def _lists_are_short(self, data: dict[str, Any], **_: Any) -> None:
        for name in ("kinds", "types"):
            if len(data.get(name, ())) > 100:
                raise ValidationError("at most 100 entries", name)


class SubscriptionAnswer(AnswerSchema):
    """A subscription."""

    id = fields.UUID(required=True)
    authority = fields.String(required=True)
    channel = fields.String(required=True, validate=validate.OneOf(CHANNELS))
    target = fields.String(required=True)
    kinds = fields.List(fields.String(), required=True)
    types = fields.List(fields.String(), required=True)
    desk = fields.String(allow_none=True, required=True)
    language = fields.String(required=True)
    label = fields.String(allow_none=True, required=True)
    alert_to = fields.String(allow_none=True, required=True)
    state = fields.String(
        required=True,
        validate=validate.OneOf(("unverified", "active", "paused", "disabled")),
        metadata={"description": "unverified until the receiver has sent the challenge back; disabled when it asked not to be called again, or never did"},
    )
    created_at = fields.DateTime(required=True)
    verified_at = fields.DateTime(allow_none=True, required=True)
    secret = fields.String(metadata={"description": "whsec_…, only in the answer that makes it: for checking webhook-signature"})
    previous_secret_until = fields.DateTime(
        allow_none=True, required=True, metadata={"description": "calls are signed with the previous secret too until then"}
    )


class SubscriptionList(AnswerSchema):
    """A page of subscriptions, oldest first."""

    subscriptions = fields.List(fields.Nested(SubscriptionAnswer), required=True)
    next = fields.String(allow_none=True, required=True)


class AttemptAnswer(AnswerSchema):
    """One attempt. Without a verdict it was cut off by a fault of ours, and made again."""

    number = fields.Integer(required=True)
    started_at = fields.DateTime(required=True)
    ended_at = fields.DateTime(allow_none=True, required=True)
    verdict = fields.String(allow_none=True, required=True, validate=validate.OneOf(("accepted", "failed", "rejected", "gone")))
    status = fields.Integer(allow_none=True, required=True, metadata={"description": "the receiver's own code, HTTP or SMTP"})
    detail = fields.String(allow_none=True, required=True)


class DeliveryAnswer(AnswerSchema):
    """One message for one receiver, and every attempt at it."""

    id = fields.UUID(required=True)
    subscription = fields.UUID(allow_none=True, required=True)
    channel = fields.String(required=True, validate=validate.OneOf(CHANNELS))
    target = fields.String(required=True)
    purpose = fields.String(required=True, validate=validate.OneOf(PURPOSES))
    type = fields.String(required=True)
    message_id = fields.String(required=True, metadata={"description": "the same at every attempt: webhook-id, or the local part of Message-ID"})
    request = fields.UUID(allow_none=True, required=True)
    version = fields.Integer(allow_none=True, required=True)
    reference = fields.String(allow_none=True, required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    due_at = fields.DateTime(required=True, metadata={"description": "when the next attempt is made, or the last one was due"})
    reason = fields.String(allow_none=True, required=True, metadata={"description": "why it failed last, or was given up: exhausted, rejected, gone"})
    attempts = fields.List(fields.Nested(AttemptAnswer), required=True)
    created_at = fields.DateTime(required=True)
    ended_at = fields.DateTime(allow_none=True, required=True)


class DeliveryList(AnswerSchema):
    """A page of deliveries, newest first."""

    deliveries = fields.List(fields.Nested(DeliveryAnswer), required=True)
    next = fields.String(allow_none=True, required=True)


class ResendBody(Schema):
    """Which ended deliveries are sent again."""

    states = fields.List(fields.String(validate=validate.OneOf(ENDED)), load_default=lambda: ["given_up", "cancelled"])
    since = Moment(load_default=None, allow_none=True, metadata={"description": "only deliveries made since then"})


class ResentAnswer(AnswerSchema):
    """How many are sent again."""

    resent = fields.Integer(required=True)
