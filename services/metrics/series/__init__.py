"""The rows behind the series of Prometheus: what was counted and what stands, kept when requests are settled.

SQL in queries.py, the writing in keeping.py, the waiting curves in waiting.py. What a row means is in the domain; how it is told is in exposition.py.
"""
