"""Fixtures every test may ask for."""

pytest_plugins = ["tests.fixtures.postgres", "tests.fixtures.kafka"]
