"""Tests of shared/settings."""
