"""The tables: fields, constraints and indexes; no decisions."""
