"""Figures as pure functions of facts: standard library and numpy only, no clock, no files, no database.

facts.py and knowledge.py say what was known at a moment, course.py what became of a request; account.py, activity.py,
durations.py, survival.py, limits.py, publication.py and forecast.py each own one part of an answer; answers.py joins them.
"""
