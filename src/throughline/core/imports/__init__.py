"""What a portfolio file says: its table, its columns, its dates and stages, and what becomes of each row."""
