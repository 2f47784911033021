"""Golden examples: ``<fact>/<version>/*.json``, frozen with the release of that version. Tests read, upcast, validate and fold every one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).parent


class Example(NamedTuple):
    """One example of one version of one fact."""

    type: str
    version: int
    name: str
    data: dict[str, Any]


def examples() -> Iterator[Example]:
    """Every example there is, in order of fact, version and name."""
    for file in sorted(FOLDER.glob("*/*/*.json")):
        yield Example(file.parent.parent.name, int(file.parent.name), file.stem, json.loads(file.read_text(encoding="utf-8")))
