"""Boards: every expression can be read, and each panel says in plain words what it shows."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.grafana.__main__ import BOARDS as TABLES
from deploy.grafana.__main__ import text
from deploy.local.places import CHECKOUT
from tests.deploy.observed import BOARD_FILES, GRAFANA, alerts, boards, expressions, panels, promtool, rule_file

BOARDS = boards()
PANELS = [pytest.param(panel, id=f"{name}: {panel['title']}") for name, board in BOARDS.items() for panel in panels(board)]
SOURCE = {"type": "prometheus", "uid": "${source}"}


def test_promtool_reads_every_expression_of_rules_and_boards(tmp_path: Path) -> None:
    read = tmp_path / "read.yaml"
    found = list(expressions())
    read.write_text(rule_file([expression for _, expression in found]))

    assert f"{len(found)} rules found" in promtool("check", "rules", read)


def test_there_are_three_boards_with_addresses_that_stay() -> None:
    assert {name: board["uid"] for name, board in BOARDS.items()} == {name: f"rogatory-{name}" for name in ("business", "pipeline", "service")}


def test_the_files_of_the_boards_are_what_the_tables_of_panels_say() -> None:
    """After a change: `python -m deploy.grafana`."""
    assert {file.stem: file.read_text() for file in BOARD_FILES} == {board.name: text(board) for board in TABLES}


@pytest.mark.parametrize("name", BOARDS)
def test_a_board_is_changed_in_its_file_only_and_names_no_moment(name: str) -> None:
    board = BOARDS[name]
    variables = {variable["name"]: variable for variable in board["templating"]["list"]}

    assert board["editable"] is False
    assert board["id"] is None
    assert re.fullmatch(r"now-\d+[hdwMy]", board["time"]["from"])
    assert board["time"]["to"] == "now"
    assert board["timezone"] == "utc"
    assert variables["source"]["type"] == "datasource"
    assert not re.search(r"\b20\d\d-\d\d-\d\d", json.dumps(board))


@pytest.mark.parametrize("name", BOARDS)
def test_panels_of_a_board_have_ids_of_their_own_and_do_not_overlap(name: str) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in BOARDS[name]["panels"]:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        assert max(x for x, _ in cells) < 24, panel["title"]
        assert not cells & taken, panel["title"]
        taken |= cells

    ids = [panel["id"] for panel in BOARDS[name]["panels"]]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_says_what_it_shows_in_what_unit_from_the_chosen_source(panel: dict[str, Any]) -> None:
    assert panel["description"].endswith(".")
    assert len(panel["description"].split()) >= 6
    if panel["type"] == "text":
        return
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["datasource"] == SOURCE
    assert all(target["datasource"] == SOURCE for target in panel["targets"])


def test_links_of_boards_lead_to_runbooks_and_to_boards_that_exist() -> None:
    written = "".join(file.read_text() for file in BOARD_FILES)
    runbooks = re.findall(r"/public/runbooks/(\w+)\.md", written)

    assert set(runbooks) == {rule["alert"] for rule in alerts()}
    assert set(re.findall(r"/d/([a-z-]+)", written)) == {board["uid"] for board in BOARDS.values()}


def test_grafana_finds_prometheus_and_the_boards_where_the_container_has_them() -> None:
    (source,) = yaml.safe_load((GRAFANA / "provisioning" / "datasources" / "prometheus.yaml").read_text())["datasources"]
    (provider,) = yaml.safe_load((GRAFANA / "provisioning" / "dashboards" / "boards.yaml").read_text())["providers"]
    grafana = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())["services"]["grafana"]

    assert (source["url"], source["editable"], provider["allowUiUpdates"]) == ("http://prometheus:9090", False, False)
    assert f"./deploy/grafana/boards:{provider['options']['path']}:ro" in grafana["volumes"]
    assert "./deploy/grafana/provisioning:/etc/grafana/provisioning:ro" in grafana["volumes"]
