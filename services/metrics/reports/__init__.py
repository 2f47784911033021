"""The returns that a State owes, one module a report: tables made from the figures, nothing counted here.

table.py says what a report is and finds it by name.
"""
