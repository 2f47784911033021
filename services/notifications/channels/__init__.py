"""The ways out: one module a channel, each passes tests/services/notifications/channels. No SQL here and no rule about who is told."""
