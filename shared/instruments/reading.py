"""YAML files as plain mappings, and the line on which a member stands."""

from pathlib import Path as FilePath
from typing import Any

import yaml

Step = str | int
Place = tuple[Step, ...]

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class FileUnreadable(ValueError):
    """The file is missing or is no YAML."""

    code = "malformed"


def read_yaml(file: FilePath) -> Any:
    """The content of *file* as lists, mappings, texts and numbers.

    Raises:
        FileUnreadable: it is missing or no YAML; the message has file and line.
    """
    try:
        return yaml.load(file.read_text(encoding="utf-8"), Loader=_LOADER)
    except (OSError, yaml.YAMLError) as fault:
        raise FileUnreadable(f"{file.name}: {fault}") from fault


def line_of(file: FilePath, place: Place) -> int | None:
    """The line, from 1, on which the member at *place* of *file* begins; None when it is not there."""
    node = yaml.compose(file.read_text(encoding="utf-8"), Loader=_LOADER)
    for step in place:
        below = _below(node, step)
        if below is None:
            break
        node = below
    return None if node is None else int(node.start_mark.line) + 1


def _below(node: Any, step: Step) -> Any:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step]
    return None
