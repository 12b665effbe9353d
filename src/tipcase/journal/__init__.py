"""Journals: signed entries, and the fold that says what they amount to. Pure functions.

The journal decides what is believed: age proves no author and binds no context, so a record is
believed only when its file's hash is its path's current version here. Nothing is imported here:
a command that needs one name must not pay for the rest.
"""
