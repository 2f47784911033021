"""The pure rules: schedule, interest, ladder, windows."""
