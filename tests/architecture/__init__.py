"""The house rules that a reader should not have to check: rings of imports, sizes, words, where things may be touched."""
