"""Every SQL statement of the request service, one typed function each. The log's own statements are in shared/storage."""
