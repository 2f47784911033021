"""The directory as commands."""
