"""Tests of rehearsals: reading and judging here; playing needs the whole system (tests/e2e)."""
