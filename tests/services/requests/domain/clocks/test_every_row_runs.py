"""Each row with a figure or a date starts a clock and meets it, by the facts that its codes name; the others have none."""

import pytest

from services.requests.domain.clocks.engine import runs
from services.requests.domain.clocks.ledger import ClockState, Run
from shared.facts.instruments import Row
from tests.builders import law as instruments
from tests.services.requests.domain.clocks.courses import Course, course, ends_apart, has_date
from tests.services.requests.domain.clocks.stories import law_of

RUNNING = tuple((row, row.instrument) for each in instruments() for row in each.rows if has_date(row))
SILENT = tuple((row, row.instrument) for each in instruments() for row in each.rows if not has_date(row))
# Under which instrument a row of national law is tried that names none.
UNDER = {"IE-EXT-15": "COE-024", "GB-S117": "COE-024", "GB-S118": "COE-024", "GB-S74": "COE-024", "IE-MLA-96F": "EU-FD-2003-577", "CH-73": "CW-HARARE"}
NATIONAL = tuple(
    (row, UNDER.get(row.id) or next((each.argument or "" for each in row.applies_when if each.code == "under"), "UN-UNCAC").split("/")[0])
    for row in instruments().national
    if row.overlay != "confirms"
)


def clocks_of(course: Course) -> list[Run]:
    return [each for each in runs(course.history, law_of(course.authorities)) if each.row.id == course.row.id]


@pytest.mark.parametrize(("row", "instrument"), RUNNING + NATIONAL, ids=lambda each: each.id if isinstance(each, Row) else "")
def test_every_row_that_can_have_a_date_starts_a_clock_and_meets_it(row: Row, instrument: str) -> None:
    tried = course(row, instrument)
    tried.happen(row.starts_on[0])

    (started,) = clocks_of(tried)
    assert started.open
    assert started.dues.strict <= started.dues.adjusted

    tried.happen(next(ends_apart(row)))
    (ended,) = clocks_of(tried)
    assert ended.state in (ClockState.MET, ClockState.MET_LATE)
    assert ended.id == started.id


@pytest.mark.parametrize(("row", "instrument"), SILENT, ids=lambda each: each.id if isinstance(each, Row) else "")
def test_a_row_without_figure_or_date_has_no_clock(row: Row, instrument: str) -> None:
    tried = course(row, instrument)
    if row.advisory is None:
        tried.happen(row.starts_on[0])

    assert clocks_of(tried) == []
