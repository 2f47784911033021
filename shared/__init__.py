"""The foundation of every service. Nothing in here knows a service."""
