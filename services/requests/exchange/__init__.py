"""How a register comes in: a spreadsheet becomes moves, and the moves go the way of every other command.

Here live the reading of files, the mapping of another authority's columns, the plan of a row and the report. No rule about requests lives here and no fact is
written from here: `commands.py` decides and appends. Columns are documented in docs/import.md.
"""
