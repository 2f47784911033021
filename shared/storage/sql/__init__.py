"""Tables and functions that services share, included by their migrations. SQL only."""
