"""Tests of shared/telemetry."""
