"""Rehearsals: scenario files are read, played against a running sandbox through the public interfaces, and judged. No rule of the domain lives here."""
