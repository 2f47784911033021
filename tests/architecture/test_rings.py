"""Who may import whom."""

from __future__ import annotations

import ast
import sys

import pytest

from tests.architecture.tree import Source, code, sources

SERVICES = ("requests", "notifications", "metrics", "console")
PURE = ("shared/facts", *(f"services/{name}/domain" for name in ("requests", "notifications", "metrics")))
# The pure rooms may use one another only inwards; what a domain may know besides the standard library.
DOMAIN_MAY = ("shared.facts", "shared.calendars")
# Modules of the standard library that would let the world in: time, chance, files, processes, the network.
NOT_PURE = {"time", "random", "secrets", "os", "io", "socket", "subprocess", "threading", "asyncio", "logging", "tempfile", "shutil", "urllib", "http"}
ASK_THE_MACHINE = ("datetime.now", "date.today", "datetime.utcnow", "datetime.today", "uuid1", "uuid4", "time.time", "time.monotonic")
# Draws the random part of new ids, and writes a page: called from shells, never by a decider.
SHELLS_ONLY = ("shared/facts/identifiers.py", "services/requests/domain/moves/documentation.py")


def ids(source: Source) -> str:
    return source.path


@pytest.mark.parametrize("source", sources(*PURE), ids=ids)
def test_a_pure_room_imports_the_standard_library_and_pure_rooms_only(source: Source) -> None:
    own = source.path.split("/domain/")[0].replace("/", ".") + ".domain" if "/domain/" in source.path else "shared.facts"
    allowed = ("shared.facts",) if source.path.startswith("shared/facts") else (own, *DOMAIN_MAY)
    if source.path.startswith("services/metrics/domain"):
        allowed = (*allowed, "numpy")
    foreign = {name for name in source.imports if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith(allowed)}
    outer = {name for name in foreign if not any(each.startswith(name + ".") for each in allowed)}

    assert outer == set()


@pytest.mark.parametrize("source", [each for each in sources(*PURE) if each.path not in SHELLS_ONLY], ids=ids)
def test_deciders_have_no_clock_no_chance_and_no_way_out(source: Source) -> None:
    """EVT-06: the list of imports, and no call that asks the machine for anything."""
    called = {ast.unparse(node.func) for node in ast.walk(source.tree) if isinstance(node, ast.Call)}

    assert {name.split(".")[0] for name in source.imports} & NOT_PURE == set()
    assert {name for name in called if name.endswith(ASK_THE_MACHINE) or name in ("open", "print", "input")} == set()


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_imports_no_other_service(service: str) -> None:
    for source in sources(f"services/{service}"):
        others = {name for other in SERVICES if other != service for name in source.imports_of(f"services.{other}")}
        assert others == set(), source.path


def test_the_foundation_knows_no_service() -> None:
    for source in sources("shared"):
        assert source.imports_of("services") == set(), source.path


@pytest.mark.parametrize(
    ("package", "rooms"),
    [
        ("kafka", ("shared/messaging/",)),
        ("flask", ("shared/web/", "services/requests/api/", "services/notifications/api/", "services/metrics/api/", "services/console/")),
        ("flask_smorest", ("shared/web/", "services/requests/api/", "services/notifications/api/", "services/metrics/api/")),
        ("holidays", ("shared/calendars/",)),
    ],
)
def test_a_library_has_one_room(package: str, rooms: tuple[str, ...]) -> None:
    for source in sources("services", "shared"):
        if source.imports_of(package):
            assert source.path.startswith(rooms), f"{source.path} imports {package}"


def test_imports_name_the_whole_way() -> None:
    for source in code():
        assert source.relative_imports() == [], source.path


def test_only_the_entrances_read_the_environment() -> None:
    for source in sources("services", "shared"):
        if "os.environ" in source.text or "getenv(" in source.text:
            assert source.path.endswith(("wsgi.py", "__main__.py", "gunicorn_conf.py")), source.path
