"""Measurements of tipcase: ``make bench`` runs them and writes RESULTS.md."""
