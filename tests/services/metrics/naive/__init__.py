"""Figures counted one request after the other, in plain Python: what the counts over columns must be equal to.

Shared with the service: how a question is read, the fold (knowledge.py, course.py), local days, rounding, one waiting curve (lifelines vouches for it),
and what is hidden in what is published (with properties of its own). Whatever is counted, is counted here once more. Never imported by a service.
"""
