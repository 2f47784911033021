"""Tests. The tree mirrors `services`, `shared` and `deploy`; real PostgreSQL and Kafka, no sleeping, none skipped."""
