"""Photos, scans and recordings: sealed beside the record that owns them."""
