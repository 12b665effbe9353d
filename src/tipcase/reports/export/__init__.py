"""Case-level data for others: only of those who agreed, de-identified, as plain files."""

# Known without loading what writes them.
FORMATS = ("htcds", "ndjson", "csv", "parquet")
