"""Tests of what lives in services/requests."""
