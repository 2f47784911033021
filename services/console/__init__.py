"""The pages people use. They rest on the public interfaces of the three services and on nothing else: no database, no Kafka, no import of a service."""
