"""The whole system, as processes, beside a real PostgreSQL and a real Kafka."""
