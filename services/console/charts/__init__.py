"""Charts as geometry: numbers in, coordinates out. Pure; the templates draw them, so that they print, read aloud and need no script."""
