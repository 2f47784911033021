"""Tests of bring-up: real processes, real signals."""
