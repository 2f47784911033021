"""What every way of doing the same thing must keep."""
