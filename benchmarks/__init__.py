"""How fast it is, beside floors measured in the same run on the same machine: `make bench`. Figures of other machines and days prove nothing.

A floor is the least that any program of this shape must do: a bare Flask route with one statement, one INSERT, a plain consumer. What matters is the ratio.
"""
