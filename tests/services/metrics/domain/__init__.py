"""Tests of the figures as pure functions: against the given set, against lifelines, and against their own laws."""
