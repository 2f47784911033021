"""Tests of shared/facts."""
