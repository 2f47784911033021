"""Figures counted one request after the other, in plain Python: what the counts over columns must be equal to.

Only the fold is shared with the service (knowledge.py, course.py); whatever is counted, is counted here once more. Never imported by a service.
"""
