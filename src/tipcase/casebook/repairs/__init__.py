"""What can be mended without believing anything new, and what earlier bytes tell."""
