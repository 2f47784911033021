"""Sizes, words and habits of the house."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.tree import CODE, ROOT, Source, code, lines, of_tests, sources

LONGEST_FUNCTION, LONGEST_FILE, LONGEST_TEST = 40, 400, 40
# Tables of data: what is in them is one row after another.
TABLES = {
    "shared/facts/requests.py",
    "tests/services/requests/domain/spec.py",
}
NO_NAMES = {"utils", "util", "common", "helpers", "helper", "misc", "manager", "base_utils"}
ALL = code() + of_tests()


def ids(source: Source) -> str:
    return source.path


@pytest.mark.parametrize("source", code(), ids=ids)
def test_functions_and_files_keep_their_budget(source: Source) -> None:
    long = {node.name: lines(node) for node in source.functions() if lines(node) > LONGEST_FUNCTION}

    assert long == {}
    assert source.path in TABLES or source.text.count("\n") <= LONGEST_FILE


@pytest.mark.parametrize("source", of_tests(), ids=ids)
def test_tests_keep_their_budget(source: Source) -> None:
    long = {node.name: lines(node) for node in source.functions() if lines(node) > LONGEST_TEST}

    assert long == {}


@pytest.mark.parametrize("source", of_tests(), ids=ids)
def test_tests_neither_sleep_nor_step_aside(source: Source) -> None:
    called = {ast.unparse(node.func) for node in ast.walk(source.tree) if isinstance(node, ast.Call)}
    decorated = {ast.unparse(each) for node in source.functions() for each in node.decorator_list}

    assert source.path == "tests/waiting.py" or {name for name in called if name.split(".")[-1] == "sleep"} == set()
    assert {name for name in called | decorated if re.search(r"\b(skip|skipif|importorskip|xfail)\b", name)} == set()
    assert source.imports_of("unittest.mock") == set()


def test_every_folder_says_what_lives_in_it() -> None:
    for folder in sorted({source.path.rsplit("/", 1)[0] for source in ALL}):
        file = ROOT / folder / "__init__.py"
        assert file.exists(), f"{folder} has no __init__.py"
        assert ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))), f"{folder}/__init__.py does not say what lives there"


def test_modules_are_named_for_what_they_own() -> None:
    assert [source.path for source in ALL if Path(source.path).stem in NO_NAMES] == []


@pytest.mark.parametrize("source", code(), ids=ids)
def test_what_is_public_says_what_it_is(source: Source) -> None:
    public = [node for node in source.tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")]

    assert ast.get_docstring(source.tree), "the module"
    assert [node.name for node in public if not ast.get_docstring(node)] == []


def test_everything_is_caught_only_at_the_top_of_a_loop() -> None:
    """A handler of everything raises again, logs, or says on its line why it need not."""
    for source in code():
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ExceptHandler) and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException")):
                raises = any(isinstance(each, ast.Raise) for each in ast.walk(node))
                logs = any("log" in ast.unparse(each.func) for each in ast.walk(node) if isinstance(each, ast.Call))
                excused = "# noqa: BLE001" in source.text.splitlines()[node.lineno - 1]
                assert raises or logs or excused, f"{source.path}:{node.lineno}"


def test_every_exception_to_a_rule_has_a_code_and_a_reason() -> None:
    for source in ALL:
        own = source.path == "tests/architecture/test_house_rules.py"
        for number, line in enumerate(source.text.splitlines(), 1):
            if not own and re.search(r"#\s*(type:\s*ignore|noqa)", line):
                ignored = re.search(r"#\s*type:\s*ignore\[[a-z-, ]+\]\s*#\s*\w+", line)
                unchecked = re.search(r"#\s*noqa:\s*[A-Z]+\d+(,\s*[A-Z]+\d+)*\s*(-+|#|–|:)\s*\w+", line)
                assert ignored or unchecked, f"{source.path}:{number}: {line.strip()}"


def test_nothing_is_left_for_later() -> None:
    words = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    assert [source.path for source in sources(*CODE) if words.search(source.text)] == []


def test_statements_are_written_out_where_statements_live() -> None:
    """SQL is literal text in queries, in storage, or in .sql files."""
    statement = re.compile(r"\b(SELECT\s+.+\s+FROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM)\b", re.DOTALL)
    for source in sources("services", "shared"):
        strings = [node for node in ast.walk(source.tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
        formatted = [node for node in ast.walk(source.tree) if isinstance(node, ast.JoinedStr)]
        assert [ast.unparse(node)[:80] for node in formatted if statement.search(ast.unparse(node))] == [], source.path
        if not re.search(r"/queries(/|\.py)|^shared/storage/", source.path):
            assert [str(node.value)[:60] for node in strings if statement.search(str(node.value))] == [], source.path
