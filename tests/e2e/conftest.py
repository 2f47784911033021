"""One running system for every test of this folder, from the first to the last of them."""

from collections.abc import Iterator

import pytest

from tests.e2e.system import System, running


@pytest.fixture(scope="package")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The whole system, empty, with its keys: make requests of your own."""
    yield from running(tmp_path_factory.mktemp("system") / "run", SAMPLE="none")
