"""What a message says, in English, French and Spanish. Texts only: who is told, and when, is decided elsewhere."""
