"""Tests of the reports that are made in the background."""
