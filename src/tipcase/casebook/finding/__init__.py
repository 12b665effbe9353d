"""Finding a case again: by what of its profile, how names are compared, and possible duplicates."""
