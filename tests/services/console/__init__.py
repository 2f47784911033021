"""Tests of the console: its pure parts here, its pages in tests/browser against the running system."""
