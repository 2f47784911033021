"""Registers for tests."""

HEADING = (
    "direction;own_reference;counterpart;counterpart_reference;kind;instrument;subject;measures;sent;received;acknowledged;decided;executed;returned;"
    "refused;refusal_grounds"
)


def outgoing(number: int, dates: str = "2025-03-03;;2025-04-10;2025-05-02;2025-06-10;2025-06-20;;") -> str:
    """A row that went out and came back; the first of *dates* is the day of sending."""
    return f"outgoing;O-{number};ch-central;B-{number};mla;COE-030;Bank records;bank_records;{dates}"


def incoming(number: int, dates: str = ";2025-03-04;2025-03-12;;;;;") -> str:
    """A row that came in; the second of *dates* is the day of receipt."""
    return f"incoming;I-{number};ch-central;X-{number};mla;COE-030;Search;search;{dates}"


def register(*rows: str) -> bytes:
    """A file of these rows."""
    return "\n".join([HEADING, *rows, ""]).encode()


def five_hundred() -> bytes:
    """A register of 500 rows, half of each direction."""
    return register(*(outgoing(number) if number % 2 else incoming(number) for number in range(500)))
