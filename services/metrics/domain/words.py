"""Texts as numbers: the code of a text is made from the text alone, so that the same facts give the same bytes wherever they are folded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

NOTHING = 0
"""The code of what is not said."""


class WordsCollide(RuntimeError):
    """Two texts have the same code: neither may be counted under it."""


@lru_cache(maxsize=1 << 16)
def mark(text: str) -> int:
    """The code of *text*: 63 bits of its digest, never 0."""
    return (int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little") >> 1) or 1


class Words:
    """The texts behind codes."""

    def __init__(self, known: Mapping[int, str] | None = None) -> None:
        self._texts: dict[int, str] = dict(known or {})
        self._new: set[int] = set()

    def code(self, text: str | None) -> int:
        """The code of *text*, which is kept.

        Raises:
            WordsCollide: another text has it.
        """
        if text is None:
            return NOTHING
        code = mark(text)
        if self._texts.setdefault(code, text) != text:
            raise WordsCollide(f"{text!r} and {self._texts[code]!r}")
        self._new.add(code)
        return code

    def text(self, code: int) -> str | None:
        """The text of *code*; None where nothing was said."""
        return None if code == NOTHING else self._texts[code]

    def learn(self, known: Mapping[int, str]) -> None:
        """Take over texts that were kept elsewhere."""
        self._texts.update(known)

    def codes(self) -> NDArray[np.int64]:
        """All codes in order, that of nothing among them."""
        return np.asarray(sorted({NOTHING, *self._texts}), dtype=np.int64)

    def used(self) -> Iterator[tuple[int, str]]:
        """The texts that were asked for a code, in order of code."""
        return ((code, self._texts[code]) for code in sorted(self._new))
