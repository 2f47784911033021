"""`docs/instrument-rows.md`, written from the data: every row and what starts and ends it.

`python -m services.requests.rows_document > docs/instrument-rows.md` writes it.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from services.requests.domain.clocks.rows import ASKED_FOR, JIT_END
from shared.facts.instruments import Extension, Instruments, Row, Trigger
from shared.instruments import load

HEAD = """# Rows of the instruments

Made from `data/instruments.yaml` (`python -m services.requests.rows_document > docs/instrument-rows.md`); do not edit.

A row is one time limit. A clock of it starts with one of the facts under *starts with*, if what stands under *only if* holds, and is met by one of those under
*ends with*. `record_event: name` is the move that records an event which no other move carries; what stands in brackets narrows a fact. A row without a
length has a clock only where a date was asked for or fixed. Ids are unique over all instruments. *per*: who runs a clock of their own. *effect*: what the end
does. How a period is counted: `docs/rules.md`.
"""
COLUMNS = "| row | stage | source | length | counting | side | per | starts with | ends with | stopped by | extension | nature, effect | only if |"


def written(instruments: Instruments) -> str:
    """The page."""
    related = [each for each in instruments if len(each.rows) == 1 and each.rows[0].id == each.id]
    others = [each for each in instruments if each not in related]
    parts = [HEAD, f"{sum(len(each.rows) for each in others)} rows of {len(others)} instruments.", ""]
    for each in others:
        parts += [f"## {each.id}: {each.title}", "", *_table(each.rows)]
    parts += ["## Related instruments", "", *_table(row for each in related for row in each.rows)]
    for name in dict.fromkeys(row.instrument for row in instruments.national):
        rows = [row for row in instruments.national if row.instrument == name]
        parts += [f"## {rows[0].state}: {name}", "", *_table(rows)]
    parts += ["## Where no row takes the date", "", *_table((ASKED_FOR, JIT_END))]
    return "\n".join(parts).rstrip() + "\n"


def _table(rows: Iterable[Row]) -> Iterator[str]:
    shown = [_row(row) for row in rows]
    if not shown:
        yield from ("No rows.", "")
        return
    yield COLUMNS
    yield "|" + "---|" * (COLUMNS.count("|") - 1)
    yield from shown
    yield ""


def _row(row: Row) -> str:
    cells = (
        f"`{row.id}`" + (f" ({row.overlay} {', '.join(row.overlay_of)})".replace(" )", ")") if row.overlay else ""),
        row.stage,
        row.citation,
        str(row.duration) if row.duration else "none",
        row.counting + (", strict a day earlier" if row.strict_day_earlier else "") + (", counted back" if row.backward else ""),
        row.actor_side,
        row.per,
        "; ".join(_trigger(each) for each in row.starts_on) + _not_before(row),
        "; ".join(_trigger(each) for each in row.ends_on),
        ", ".join(row.stops_on),
        _extension(row.extendable),
        f"{row.nature}, {row.effect}",
        ", ".join(str(each) for each in row.applies_when),
    )
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"


def _trigger(trigger: Trigger) -> str:
    name = f"`{trigger.move}: {trigger.event}`" if trigger.event else f"`{trigger.move}`"
    member = f" ({trigger.member})" if trigger.member else ""
    return name + member + (f" [{trigger.qualifier}]" if trigger.qualifier else "")


def _not_before(row: Row) -> str:
    return "; not before " + ", ".join(_trigger(each) for each in row.starts_not_before) if row.starts_not_before else ""


def _extension(allowed: Extension | None) -> str:
    if allowed is None:
        return ""
    return f"{allowed.by or 'no fixed length'}, {'once' if allowed.max_times == 1 else 'more than once'}"


if __name__ == "__main__":
    sys.stdout.write(written(load(Path(__file__).resolve().parents[2] / "data")))
