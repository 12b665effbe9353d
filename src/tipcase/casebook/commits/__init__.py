"""The git commit of a command that wrote."""
