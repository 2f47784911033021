"""What may happen to a request, and what the law makes of it. Pure: state and command in, facts out; ids and the time are given.

Here must not be: a clock, a random number, input or output, a format. The standard library, ``shared/facts`` and calendar values only.
"""
