"""What the law makes of a request: time limits, their counting, and the facts of their clocks. Pure.

`counting` holds the rules one by one (docs/rules.md); `reckoning` says which apply to a row; `engine` turns facts into clock facts. Nothing here reads a
file, a clock or a database.
"""
