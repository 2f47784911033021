"""The services: requests, notifications, metrics, and the console. None imports another; they meet on Kafka and on published interfaces."""
