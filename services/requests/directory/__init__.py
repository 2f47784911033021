"""Authorities and their keys: the only writer of `mla.directory`. Reading happens everywhere through shared/storage/directory.py."""
