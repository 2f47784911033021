"""Backtests as they are run and kept: from a file or the database, printed, stored for the interface. What is scored stands in `domain/backtest.py`."""
