"""Data contracts: what the document says, what it demands of the data, and what was found."""
