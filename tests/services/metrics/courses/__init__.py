"""Courses as they are kept: made again they are the same bytes, and a reader misses nothing that is not folded yet."""
