"""The tables: fields, constraints and indexes."""
