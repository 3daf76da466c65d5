"""A typed Python client of the HTTP interface."""
