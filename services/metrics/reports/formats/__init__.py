"""Reports as files, one module a format: same report, same bytes. No figure is made or changed here."""
