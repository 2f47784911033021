"""Tests of the register import: files, mappings, plans, and the way into the log."""
