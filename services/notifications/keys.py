"""The secrets that webhooks are signed with. They are derived from the deployment's secret and kept nowhere: the database holds only their generation."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from datetime import datetime, timedelta
from uuid import UUID

from services.notifications.channels.signing import PREFIX
from services.notifications.queries.subscriptions import Subscription

ROTATION = timedelta(hours=24)
"""How long the previous key goes on signing beside the new one."""


class WebhookKeys:
    """Makes the keys of subscriptions, the same ones at every process of the deployment."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def key(self, subscription: UUID, generation: int) -> str:
        """The key of one generation, as the receiver stores it."""
        made = hmac.new(self._secret, f"webhook key\0{subscription}\0{generation}".encode(), hashlib.sha256).digest()
        return PREFIX + b64encode(made).decode()

    def signing(self, subscription: Subscription, now: datetime) -> tuple[str, ...]:
        """The keys to sign with now: the present one, and its predecessor while they rotate."""
        keys = [self.key(subscription.id, subscription.key_generation)]
        if subscription.previous_key_until is not None and now < subscription.previous_key_until and subscription.key_generation > 1:
            keys.append(self.key(subscription.id, subscription.key_generation - 1))
        return tuple(keys)
