"""Requests folded once and kept: settling.py folds what facts have touched, keeping.py holds the columns of authorities in memory.

What a fold means is the domain's; nothing is counted here.
"""
