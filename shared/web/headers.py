"""Security headers of every answer."""

from flask import Response

SECURITY_HEADERS: tuple[tuple[str, str], ...] = (
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
)


def secure(response: Response) -> Response:
    """*response* with each security header that it does not set itself."""
    present = response.headers
    for name, value in SECURITY_HEADERS:
        if name not in present:
            present.add(name, value)
    return response
