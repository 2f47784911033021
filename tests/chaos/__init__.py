"""Processes and servers killed and frozen at the worst moments: nothing lost, nothing doubled, nothing out of order."""
