"""The published language on the wire: topics, envelope, codec, schemas, examples of every released version, upcasters.

Here must not be: decisions, storage, a connection to anything.
"""
