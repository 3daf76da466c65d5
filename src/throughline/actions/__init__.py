"""Every change: one verb, one function."""
