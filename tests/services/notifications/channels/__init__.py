"""The channels, against a real SMTP server and a real HTTP receiver."""
