"""Who may call: keys, scopes and rate limits."""
