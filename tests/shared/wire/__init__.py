"""Tests of shared/wire."""
