"""What is true of telling others: rules, channels, deliveries, the ladder."""
