"""Bring-up on one machine: PostgreSQL, Kafka, the processes, and the supervisor that keeps and ends them.

What a request is must not be known here; nothing under `services` or `shared` imports this package.
"""
