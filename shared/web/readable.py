"""What every call must be before anybody looks at what it asks for: text that has one reading."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from shared.web.errors import Problem, malformed, not_found


def check_readable(environ: Mapping[str, Any]) -> None:
    """Refuse a call whose body is packed, whose query is no UTF-8, whose path holds NUL.

    Raises:
        Problem: unsupported_media_type, malformed or not_found.
    """
    coding = environ.get("HTTP_CONTENT_ENCODING", "").strip()
    if coding.lower() not in ("", "identity"):
        raise Problem("unsupported_media_type", f"the body is packed as {coding[:40]!r}; send it as it is", headers={"Accept-Encoding": "identity"})
    query: str = environ.get("QUERY_STRING", "")
    if "%" in query or not query.isascii():
        _check_utf_8(query)
    if "\0" in environ.get("PATH_INFO", ""):
        raise not_found()


def _check_utf_8(query: str) -> None:
    for part in query.split("&"):
        try:
            unquote_to_bytes(part.encode("latin-1")).decode("utf-8")
        except UnicodeDecodeError:
            name = part.partition("=")[0]
            pointer = f"?{name}" if name.isascii() and name.isprintable() else ""
            raise malformed("the query is not UTF-8", pointer) from None
