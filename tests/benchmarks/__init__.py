"""Tests of how speed is measured and told; no speed is judged here."""
