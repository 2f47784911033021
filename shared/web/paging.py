"""Keyset cursors: opaque, signed, bound to the filters they were made for."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import request

from shared.web.errors import malformed

MAC_BYTES = 16
LIMIT_DEFAULT, LIMIT_HIGHEST = 50, 200


class Cursors:
    """Writes and reads cursors under the deployment's cursor secret."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def write(self, values: Sequence[Any], bound_to: str) -> str:
        """The cursor of *values* (JSON values), good only where *bound_to* is the same."""
        body = json.dumps(values, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._mac(body, bound_to) + body).rstrip(b"=").decode()

    def read(self, cursor: str, bound_to: str) -> list[Any]:
        """The values in *cursor*; refused as malformed when it was not written here for *bound_to*."""
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise malformed("the cursor cannot be read", "?cursor") from None
        mac, body = raw[:MAC_BYTES], raw[MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(body, bound_to)):
            raise malformed("the cursor belongs to another list or other filters", "?cursor")
        values: list[Any] = json.loads(body)
        return values

    def _mac(self, body: bytes, bound_to: str) -> bytes:
        return hmac.digest(self._secret, bound_to.encode() + b"\0" + body, hashlib.sha256)[:MAC_BYTES]


def filters_of(values: Mapping[str, Any]) -> str:
    """What a cursor of these filters is bound to."""
    return json.dumps(values, sort_keys=True, default=str)


def next_headers(cursor: str | None) -> dict[str, str]:
    """The Link header to the next page, with the same filters."""
    if cursor is None:
        return {}
    parameters = [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]
    return {"Link": f'<{request.path}?{urlencode([*parameters, ("cursor", cursor)])}>; rel="next"'}
