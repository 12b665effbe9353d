"""What people wrote apart, joined: journals, signed heads, records field by field, and git."""
