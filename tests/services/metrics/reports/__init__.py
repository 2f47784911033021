"""Tests of the reports: made of the given set, without a database."""
