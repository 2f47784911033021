"""Kafka: topics made, facts relayed, projections fed. The only room that imports kafka-python; its SQL lies in shared/storage."""
