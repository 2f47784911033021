"""What the page of delays asks and says: questions in, words and places out. Pure but for the calls in `asking`; no markup in here."""
