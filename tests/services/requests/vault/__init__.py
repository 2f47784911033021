"""Sealed texts."""
