"""Counting without exposing anyone: facts of each case, tables from them, and their protection."""
