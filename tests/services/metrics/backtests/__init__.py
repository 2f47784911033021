"""Backtests run from a file and from rows, and what the interface makes of their verdicts."""
