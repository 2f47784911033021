"""Every SQL statement of this service, one typed function each, a module a table family. No rule lives here."""
