"""Clocks that only the record knows: they were started once, and by what is known now should not have run. They stay visible, cancelled."""

from services.requests.domain.clocks.known import Known
from services.requests.domain.clocks.law import Law
from services.requests.domain.clocks.ledger import ClockState, Run
from services.requests.domain.clocks.reckoning import Dues, Place, due_moment
from services.requests.domain.clocks.regimes import FIXED
from shared.calendars.zones import zone
from shared.facts.clocks import ClockStarted
from shared.facts.instruments import Row
from shared.facts.periods import Period


def former_run(known: Known, law: Law) -> Run | None:
    """The clock as its facts tell of it; None when they do not bring its dates."""
    started = known.started
    if known.nominal is None or known.adjusted is None or known.strict is None or known.zone is None:
        return None
    place = Place(zone(known.zone), (known.calendar or "-").partition("@")[0], law.calendars)
    return Run(
        id=known.id,
        row=law.book.by_id.get(started.row or "") or _row_as_recorded(started),
        number=started.run,
        place=place,
        regime=FIXED,
        side=started.side or "requested",
        authority=started.authority or started.by,
        start=started.started_at or known.nominal,
        started_at=known.started_at or known.nominal,
        cause=started.cause or "",
        opened_by=started.cause or "",
        limit=None if known.limit is None else Period.parse(known.limit),
        fixed_on=None if known.limit is not None else known.nominal,
        person=started.person,
        measure=started.measure,
        recipient=started.recipient,
        state=known.state if not known.open else ClockState.CANCELLED,
        revision=known.revision,
        ended_at=known.ended_at,
        end_reason=known.reason if not known.open else "corrected",
        dues=Dues(known.nominal, known.adjusted, known.strict, ()),
        due_at=due_moment(known.adjusted, place.zone),
    )


def _row_as_recorded(started: ClockStarted) -> Row:
    """A row that the files no longer have, as its clock remembers it."""
    return Row(
        id=started.row or "",
        instrument=started.instrument or "",
        stage=started.stage or "",
        from_event=None,
        to_event=None,
        duration=None,
        unit=started.unit or "none",
        bound=started.bound or "max",
        nature=started.nature or "duty",
        effect=started.effect or "none",
        binding=started.binding or "binding",
        actor_side=started.side or "requested",
        per="request",
        counting="FIXED",
        strict_day_earlier=False,
        citation=started.citation or "",
        confirmed=False,
    )
