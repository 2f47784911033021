"""The image and what surrounds it in `docker-compose.yml`. The processes themselves are declared once, in `deploy.local.processes`."""
