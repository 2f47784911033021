"""A register goes the way of every other command: rules hold, dates stay, doubles are known."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import pytest

from services.requests.exchange.loading import load_rows, setting_of
from services.requests.exchange.mapping import ColumnMapping, read_mapping
from services.requests.exchange.reading import open_register
from services.requests.exchange.report import Outcome, RowResult
from services.requests.shell import Shell
from services.requests.streams import Stream
from shared.storage.directory import Caller
from shared.storage.event_log import verify_stream
from tests.services.requests.exchange.registers import five_hundred, incoming, outgoing, register

CALLER = Caller("test", "cz-central", "supervisor", "desk-1")


def loaded(shell: Shell, folder: Path, content: bytes, mapping: ColumnMapping | None = None, *, dry_run: bool = False) -> Sequence[RowResult]:
    path = folder / "register.csv"
    path.write_bytes(content)
    columns = mapping or ColumnMapping()
    with open_register(path, columns) as opened:
        return list(load_rows(shell, CALLER, opened.rows, columns, setting_of(shell, "cz-central"), dry_run=dry_run))


def stream(shell: Shell, id: UUID | None) -> Stream:
    assert id is not None
    with shell.pool.connection() as conn:
        found = shell.streams.read(conn, id)
    assert found is not None
    return found


def told(shell: Shell, id: UUID | None) -> list[tuple[str, str, str | None]]:
    """What people recorded; clock facts follow from it and have tests of their own."""
    facts = [each.fact for each in stream(shell, id).request.history if not type(each.fact).__name__.startswith("Clock")]
    return [(type(fact).__name__, f"{fact.occurred_at:%Y-%m-%d}", fact.on_behalf_of) for fact in facts]


def test_an_outgoing_row_keeps_its_dates_and_says_for_whom_it_was_recorded(shell: Shell, tmp_path: Path) -> None:
    (row,) = loaded(shell, tmp_path, register(outgoing(1)))

    assert row.outcome is Outcome.TAKEN
    assert told(shell, row.request) == [
        ("RequestDrafted", "2025-03-03", None),
        ("RequestSent", "2025-03-03", None),
        ("RequestAcknowledged", "2025-04-10", "ch-central"),
        ("DecisionTaken", "2025-05-02", "ch-central"),
        ("RequestExecuted", "2025-06-10", "ch-central"),
        ("ResultsReturned", "2025-06-20", "ch-central"),
    ]
    with shell.pool.connection() as conn:
        assert verify_stream(conn, row.request or UUID(int=0)).intact


def test_an_incoming_row_is_a_registration_with_what_happened_since(shell: Shell, tmp_path: Path) -> None:
    (row,) = loaded(shell, tmp_path, register(incoming(1)))

    request = stream(shell, row.request).request
    assert [name for name, _, _ in told(shell, row.request)] == ["RequestRegistered", "RequestAcknowledged"]
    assert (request.requesting.reference, request.requested.reference, request.state) == ("X-1", "I-1", "acknowledged")


def test_five_hundred_rows_twice_make_no_doubles(shell: Shell, tmp_path: Path) -> None:
    first = loaded(shell, tmp_path, five_hundred())
    again = loaded(shell, tmp_path, five_hundred())

    assert Counter(row.outcome for row in first) == {Outcome.TAKEN: 500}
    assert Counter(row.outcome for row in again) == {Outcome.DOUBLED: 500}
    assert [row.request for row in again] == [row.request for row in first]


def test_a_row_that_changed_since_is_doubled_and_says_so(shell: Shell, tmp_path: Path) -> None:
    (first,) = loaded(shell, tmp_path, register(outgoing(1)))
    (changed,) = loaded(shell, tmp_path, register(outgoing(1).replace("Bank records", "Records of a bank")))

    assert (changed.outcome, changed.request) == (Outcome.DOUBLED, first.request)
    assert changed.remarks == ("the row says something else than the one that was taken",)


def test_the_same_request_twice_in_one_file_is_taken_once(shell: Shell, tmp_path: Path) -> None:
    rows = loaded(shell, tmp_path, register(outgoing(1), incoming(1), outgoing(1)))

    assert [row.outcome for row in rows] == [Outcome.TAKEN, Outcome.TAKEN, Outcome.DOUBLED]
    assert rows[2].remarks == ("the same request as row 2",)


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        pytest.param(incoming(1, ";2025-03-04;2025-03-12;;;;2025-06-01;NOPE"), "refusal_grounds", "ground_not_in_instrument", id="a ground of no instrument"),
        pytest.param(incoming(1, ";2025-03-04;;2025-04-02;;;;"), "decided", "move_not_possible", id="decided without a receipt"),
        pytest.param(incoming(1, ";2025-03-04;2025-03-02;;;;;"), "acknowledged", "occurred_before_cause", id="acknowledged before it came"),
        pytest.param(incoming(1, ";2099-03-04;;;;;;"), "received", "occurred_in_future", id="received in the future"),
        pytest.param(incoming(1).replace("COE-030", "COE-999"), "instrument", "unknown_instrument", id="no such treaty"),
        pytest.param(incoming(1).replace("ch-central", "xx-central"), "counterpart", "unknown_authority", id="no such authority"),
    ],
)
@pytest.mark.parametrize("dry_run", [True, False], ids=["dry run", "for real"])
def test_what_the_rules_forbid_is_refused_with_reason_and_column(shell: Shell, tmp_path: Path, row: str, column: str, code: str, dry_run: bool) -> None:
    (result,) = loaded(shell, tmp_path, register(row), dry_run=dry_run)

    assert result.outcome is Outcome.REFUSED
    assert [(fault.column, fault.code) for fault in result.faults] == [(column, code)]


def test_a_dry_run_says_what_would_happen_and_stores_nothing(shell: Shell, tmp_path: Path) -> None:
    loaded(shell, tmp_path, register(outgoing(1)))
    content = register(outgoing(1), outgoing(2), incoming(3, ";2025-03-04;;2025-04-02;;;;"))

    rows = loaded(shell, tmp_path, content, dry_run=True)
    again = loaded(shell, tmp_path, content, dry_run=True)

    assert [row.outcome for row in rows] == [Outcome.DOUBLED, Outcome.TAKEN, Outcome.REFUSED]
    assert again == rows


def test_a_reference_that_is_taken_by_another_request_is_a_double(shell: Shell, tmp_path: Path) -> None:
    (first,) = loaded(shell, tmp_path, register(incoming(1)))
    theirs = incoming(1).replace("I-1;", "I-77;")

    (other,) = loaded(shell, tmp_path, register(theirs))

    assert (other.outcome, other.request) == (Outcome.DOUBLED, first.request)


def test_a_foreign_spreadsheet_is_read_with_its_mapping(shell: Shell, tmp_path: Path) -> None:
    mapping = read_mapping(
        """
columns: {Az: own_reference, Land: counterpart, Eingang: received, Erledigt: returned, Bestätigt: acknowledged}
values: {counterpart: {Schweiz: ch-central}}
defaults: {direction: incoming, kind: mla, instrument: COE-030}
date_formats: ["%d.%m.%Y"]
""".encode()
    )

    (row,) = loaded(shell, tmp_path, "Az;Land;Eingang;Bestätigt;Erledigt;Bemerkung\n12 AR;Schweiz;4.3.2025;5.3.2025;2.5.2025;x\n".encode("cp1252"), mapping)

    assert [(name, day) for name, day, _ in told(shell, row.request)] == [
        ("RequestRegistered", "2025-03-04"),
        ("RequestAcknowledged", "2025-03-05"),
        ("ResultsReturned", "2025-05-02"),
    ]
