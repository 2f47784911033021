"""`python -m deploy.grafana`: write every board to its file, as Grafana reads it."""

import json
from pathlib import Path

from deploy.grafana.business import BUSINESS
from deploy.grafana.pipeline import PIPELINE
from deploy.grafana.service import SERVICE
from deploy.grafana.shapes import Board, as_grafana

BOARDS: tuple[Board, ...] = (SERVICE, PIPELINE, BUSINESS)
FOLDER = Path(__file__).parent / "boards"


def text(board: Board) -> str:
    """The file of *board*."""
    return json.dumps(as_grafana(board), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for each in BOARDS:
        (FOLDER / f"{each.name}.json").write_text(text(each), encoding="utf-8")
