"""Tests of the console: its pure parts here, its pages in tests/e2e/browser against the running system."""
