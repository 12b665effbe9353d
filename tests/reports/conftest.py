"""Fixtures: the small casebook of the casebook's tests, copied for each test."""

from tests.casebook.fixtures import template, world

__all__ = ["template", "world"]
