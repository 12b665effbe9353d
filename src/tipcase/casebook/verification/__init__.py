"""Every signature, every hash and every file of a casebook, looked at without a key."""
