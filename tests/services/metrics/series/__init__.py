"""Tests of the rows behind the series."""
