"""Case-level data for others: only of those who agreed, de-identified, as plain files."""
