"""The source files of the house, parsed once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
CODE = ("services", "shared", "deploy", "benchmarks")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One file of Python."""

    path: str

    @cached_property
    def text(self) -> str:
        """What is in it."""
        return (ROOT / self.path).read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        """What is in it, parsed."""
        return ast.parse(self.text)

    @cached_property
    def imports(self) -> frozenset[str]:
        """Every module that it imports, at run time or only to check types."""
        found: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found.update(name.name for name in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module)
                found.update(f"{node.module}.{name.name}" for name in node.names)
        return frozenset(found)

    def imports_of(self, package: str) -> set[str]:
        """What it imports of *package*."""
        return {name for name in self.imports if name == package or name.startswith(f"{package}.")}

    def functions(self) -> Iterator[Function]:
        """Every function in it."""
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    def relative_imports(self) -> list[int]:
        """Lines with an import that does not name the whole way."""
        return [node.lineno for node in ast.walk(self.tree) if isinstance(node, ast.ImportFrom) and node.level > 0]


@cache
def sources(*folders: str) -> tuple[Source, ...]:
    """Every source file below *folders*, in order."""
    found = (file for folder in folders for file in sorted((ROOT / folder).rglob("*.py")) if "__pycache__" not in file.parts)
    return tuple(Source(str(file.relative_to(ROOT))) for file in found)


def code() -> tuple[Source, ...]:
    """Everything but the tests."""
    return sources(*CODE)


def of_tests() -> tuple[Source, ...]:
    """The tests."""
    return sources("tests")


def lines(node: Function) -> int:
    """How long a function is, from ``def`` to its last line."""
    return (node.end_lineno or node.lineno) - node.lineno + 1
