"""What is sealed: free texts in facts, each with a data key of its own. No rule and no HTTP in here."""
