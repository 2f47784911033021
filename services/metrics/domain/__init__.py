"""Figures as pure functions of facts: standard library and numpy only, no clock, no files, no database.

The fold says what a request was and became: facts.py and knowledge.py what was known at a moment, course.py what became of it, waits.py and runs.py its
waits and clocks. elements.py makes rows of numbers of that, weave.py gives each row the times between which it was known, panel.py holds the rows of many
requests and chooses those known at a moment. Whatever is counted is counted over these rows: scope.py, account.py, activity.py, durations.py, curves.py,
limits.py, dimensions.py. The counts add up over requests (additive.py, day_counts.py): count.py takes them over where few requests
differ (growth.py says which), counted.py joins those of one answer, answers.py tells them, and members.py finds who is behind a number. cohorts.py counts what
forecast.py and early_warning.py rest on: how long cases that are alike waited (cases.py), and the clocks that still run (awaited.py). publication.py hides
small numbers.
"""
