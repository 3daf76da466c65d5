"""Reads instants from SQLite, of which every list holds many, by the shortest way."""

from datetime import UTC, datetime

from django.db.backends.sqlite3 import base


class DatabaseOperations(base.DatabaseOperations):
    """Instants are stored in UTC, so that what comes as an instant lacks nothing but the name of its zone."""

    def convert_datetimefield_value(self, value: object, expression: object, connection: object) -> object:
        if isinstance(value, datetime) and value.tzinfo is None:
            return value.replace(tzinfo=UTC)
        return super().convert_datetimefield_value(value, expression, connection)
