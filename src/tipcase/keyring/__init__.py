"""A person's identities, the unlocked one, the recovery seed, and what this machine trusts."""
