"""EventBridge: rules, their patterns, and delivery to targets."""
