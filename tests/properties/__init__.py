"""Claims that hold for whatever comes in. What they draw from stands here too; what a service alone promises stands with the service."""
