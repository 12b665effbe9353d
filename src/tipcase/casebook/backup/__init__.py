"""A casebook as one encrypted archive, and back."""
