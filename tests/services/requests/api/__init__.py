"""The interface of the request service, called over WSGI with real PostgreSQL behind it."""
