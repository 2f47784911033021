"""The metrics service: what is counted, how long it takes, and as known when.

It follows the topics of the other services, keeps both times of every fact and answers figures, reports and
forecasts. Nothing here writes a fact; nothing here imports another service.
"""
