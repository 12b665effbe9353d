"""Case files for survivors of human trafficking in Cambodia, as encrypted plain files."""

__version__ = "0.1.0"
