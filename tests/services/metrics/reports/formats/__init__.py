"""Tests of the files that reports are written to, opened by readers that others wrote."""
