"""A board, its rows and panels as values, and how Grafana wants them written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SOURCE = {"type": "prometheus", "uid": "${source}"}
SCHEMA_VERSION = 41
COLUMNS = 24
GOOD, WATCH, BAD = "green", "orange", "red"


@dataclass(frozen=True, slots=True)
class Series:
    """One expression and what its line or number is called."""

    expr: str
    legend: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One picture. `limits`: from which value on it is worth a look, and bad; `says`: words instead of numbers."""

    title: str
    description: str
    kind: str
    series: tuple[Series, ...] = ()
    unit: str = "none"
    width: int = 6
    height: int = 6
    limits: tuple[float | None, float | None] = (None, None)
    says: Mapping[str, str] = field(default_factory=dict)
    otherwise: str = ""
    """What stands there where there is no value."""
    stacked: bool = False
    runbooks: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """Panels under one heading."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """One board; its file and its address are named for it."""

    name: str
    title: str
    description: str
    since: str
    rows: tuple[Row, ...]


def as_grafana(board: Board) -> dict[str, Any]:
    """*board* as Grafana reads it: no id, no moment, not to be edited in the browser."""
    return {
        "id": None,
        "uid": f"rogatory-{board.name}",
        "title": board.title,
        "description": board.description,
        "tags": ["rogatory"],
        "editable": False,
        "graphTooltip": 1,
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "timezone": "utc",
        "refresh": "1m",
        "time": {"from": board.since, "to": "now"},
        "links": [_link(name) for name in ("business", "pipeline", "service") if name != board.name],
        "templating": {"list": [{"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus", "refresh": 1}]},
        "annotations": {"list": []},
        "panels": _placed(board.rows),
    }


def _link(name: str) -> dict[str, Any]:
    return {"title": f"To the board: {name}", "type": "link", "url": f"/d/rogatory-{name}", "keepTime": False, "includeVars": True, "targetBlank": False}


def _placed(rows: tuple[Row, ...]) -> list[dict[str, Any]]:
    """Every panel, from left to right under the heading of its row."""
    placed: list[dict[str, Any]] = []
    y = 0
    for row in rows:
        placed.append({"id": len(placed) + 1, "type": "row", "title": row.title, "collapsed": False, "panels": [], "gridPos": _place(0, y, COLUMNS, 1)})
        x, y, tallest = 0, y + 1, 0
        for panel in row.panels:
            if x + panel.width > COLUMNS:
                x, y, tallest = 0, y + tallest, 0
            placed.append({"id": len(placed) + 1, **_panel(panel), "gridPos": _place(x, y, panel.width, panel.height)})
            x, tallest = x + panel.width, max(tallest, panel.height)
        y += tallest
    return placed


def _place(x: int, y: int, w: int, h: int) -> dict[str, int]:
    return {"x": x, "y": y, "w": w, "h": h}


def _panel(panel: Panel) -> dict[str, Any]:
    links = [{"title": f"What to do: {name}", "url": f"/public/runbooks/{name}.md", "targetBlank": True} for name in panel.runbooks]
    told: dict[str, Any] = {"type": panel.kind, "title": panel.title, "description": panel.description, "links": links}
    if panel.kind == "text":
        return told | {"options": {"mode": "markdown", "content": panel.text}}
    targets = [
        {"refId": chr(ord("A") + number), "datasource": SOURCE, "expr": series.expr, "legendFormat": series.legend or "__auto"}
        | ({"range": True} if panel.kind == "timeseries" else {"instant": True})
        for number, series in enumerate(panel.series)
    ]
    return told | {"datasource": SOURCE, "targets": targets, "options": _options(panel), "fieldConfig": {"defaults": _defaults(panel), "overrides": []}}


def _options(panel: Panel) -> dict[str, Any]:
    if panel.kind == "timeseries":
        return {"legend": {"displayMode": "list", "placement": "bottom", "showLegend": True}, "tooltip": {"mode": "multi", "sort": "desc"}}
    reduced = {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}}
    if panel.kind == "bargauge":
        return reduced | {"orientation": "horizontal", "displayMode": "basic", "showUnfilled": True}
    coloured = any(limit is not None for limit in panel.limits)
    return reduced | {"colorMode": "value" if coloured else "none", "graphMode": "none", "textMode": "value_and_name" if len(panel.series) != 1 else "auto"}


def _defaults(panel: Panel) -> dict[str, Any]:
    watch, bad = panel.limits
    steps: list[dict[str, Any]] = [{"color": GOOD, "value": None}]
    steps += [{"color": colour, "value": limit} for colour, limit in ((WATCH, watch), (BAD, bad)) if limit is not None]
    defaults: dict[str, Any] = {"unit": panel.unit, "noValue": panel.otherwise or "–", "thresholds": {"mode": "absolute", "steps": steps}, "mappings": []}
    if panel.says:
        options = {value: {"text": words, "index": place} for place, (value, words) in enumerate(panel.says.items())}
        defaults["mappings"] = [{"type": "value", "options": options}]
    defaults["color"] = {"mode": "palette-classic" if panel.kind == "timeseries" else "thresholds"}
    if panel.kind == "timeseries":
        stacking = {"mode": "normal" if panel.stacked else "none", "group": "A"}
        defaults |= {"min": 0, "custom": {"drawStyle": "line", "lineWidth": 2, "fillOpacity": 20 if panel.stacked else 0, "stacking": stacking}}
    return defaults
