"""What every service keeps in PostgreSQL in the same way: the log, positions, the directory's copy. No Kafka and no HTTP in here."""
