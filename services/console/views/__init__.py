"""One module a page or family of pages: read the query, call the interfaces, render a template. No rule of the domain is decided here."""
