"""``docs/moves.md``, written from the table. ``python -m services.requests.domain.moves.documentation > docs/moves.md`` writes it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable, Iterator

from services.requests.domain.moves.members import Member
from services.requests.domain.moves.move import ANY, BOTH, ENDED, OPEN, OPEN_OR_DRAFTED, Move
from services.requests.domain.moves.table import BEGINNINGS, CHAPTERS, COMMON, Beginning
from shared.facts.codes import Side, State

HEAD = """# The moves of a request

Made from the table of moves (`python -m services.requests.domain.moves.documentation > docs/moves.md`); do not edit.

A move is allowed by side, by role, by state and by hold. A refusal says which of these forbade it (`forbidden_by`), what would allow it, and what is possible
now. Every body may also have {common}. Members in **bold** are required. Members marked † are somebody's words: they are sealed before they are stored.

Open states: sent, acknowledged, executed. Ends: returned, refused, withdrawn, closed. A hold lies over a state and does not replace it.
"""
COLUMNS = ("| move | side | from | fact recorded | then |", "|---|---|---|---|---|")
_NAMED = {OPEN: "any open", ENDED: "any end", ANY: "any", OPEN_OR_DRAFTED: "any open, drafted too"}


def written() -> str:
    """Return the page."""
    parts = [HEAD.format(common=", ".join(_member(member) for member in COMMON)), *_beginnings()]
    for chapter, moves in CHAPTERS.items():
        parts += ["", f"## {chapter.capitalize()}", "", *COLUMNS, *(_row(move) for move in moves)]
        for move in moves:
            parts += ["", f"### `{move.name}`", "", *_details(move)]
    return "\n".join(parts) + "\n"


def _beginnings() -> Iterator[str]:
    yield "## Beginning"
    for each in BEGINNINGS.values():
        yield from ("", f"### `{each.name}`", "", f"Side: {each.side}. Records `{each.fact.__name__}`; then {each.then}.", "", *_body(each))


def _row(move: Move) -> str:
    return f"| `{move.name}` | {_sides(move.sides)} | {_states(move)} | {move.fact.__name__} | {move.then} |"


def _sides(sides: frozenset[Side]) -> str:
    return "either" if sides == BOTH else ", ".join(sorted(sides))


def _states(move: Move) -> str:
    named = _NAMED.get(move.states)
    return named or ", ".join(state for state in State if state in move.states)


def _details(move: Move) -> Iterator[str]:
    fact = (inspect.getdoc(move.fact) or "").split("\n\n")[0].replace("``", "`").replace("\n", " ")
    yield f"`{move.fact.__name__}`: {fact}"
    if move.kinds:
        yield f"Only for: {', '.join(sorted(move.kinds))}."
    if move.needs_hold:
        yield f"Only while the hold `{move.needs_hold}` is open."
    if move.holds_forbid:
        yield f"Not while the hold {', '.join(f'`{hold}`' for hold in sorted(move.holds_forbid))} is open."
    if move.requires is not None and move.requires.__doc__:
        yield move.requires.__doc__.split("\n\n")[0].strip()
    yield ""
    yield from _body(move)


def _body(move: Move | Beginning) -> Iterable[str]:
    if not move.members:
        return ["No members of its own."]
    return [f"- {_member(member)}" for member in move.members]


def _member(member: Member) -> str:
    words = not member.clear or (member.each is not None and not member.each.clear)
    name = f"**`{member.name}`**" if member.required else f"`{member.name}`"
    about = member.type if member.each is None else f"list of {member.each.type}"
    within = member.of or (member.each.of if member.each is not None else ())
    inside = " {" + ", ".join(_member(each) for each in within) + "}" if within else ""
    choices = ": " + " · ".join(member.choices) if member.choices else ""
    return f"{name}{'†' if words else ''} ({about}{choices}{inside})"


if __name__ == "__main__":
    sys.stdout.write(written())
