"""The moves: one chapter a module, joined in ``table.py``. Paths, schemas, forms, refusals and ``docs/moves.md`` are made from that table.

Here must not be: how a fact changes the state of a request (``effects.py``), clocks.
"""
