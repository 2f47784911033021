"""The three boards as tables of panels; `python -m deploy.grafana` writes them to boards/. Nothing here talks to a server, and no alert lives here."""
