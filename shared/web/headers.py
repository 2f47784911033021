"""Security headers of every answer."""

Headers = list[tuple[str, str]]

SECURITY_HEADERS: Headers = [
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
]


def secured(headers: Headers) -> Headers:
    """*headers* with each security header that is not among them."""
    present = {name.lower() for name, _ in headers}
    return headers + [header for header in SECURITY_HEADERS if header[0].lower() not in present]
