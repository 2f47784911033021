"""Who must be told: subscriptions, deliveries by mail and webhook, and the escalation ladder.

Lives here: everything that follows the facts of the other services and tells somebody outside. Must not live here: decisions about requests,
counting of time limits, personal data of any kind.
"""
