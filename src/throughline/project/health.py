"""Finds out whether the installation can do its work right now."""

import structlog
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from throughline.queries import jobs

log = structlog.get_logger("throughline.health")


def readiness() -> dict[str, bool]:
    """Each part by name. The worker counts once there has been one: it may be set up to run elsewhere."""
    if not store_answers():
        return {"store": False, "migrations": False, "worker": False}
    migrated = not pending_migrations()
    return {
        "store": True,
        "migrations": migrated,
        "worker": migrated and not jobs.is_worker_silent(timezone.now()),
    }


def store_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        log.error("store does not answer", error=str(error))
        return False
    return True


def pending_migrations() -> list[str]:
    """Names of migrations that this version of the program brings and the store has not had yet."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def unknown_migrations() -> list[str]:
    """Names of our migrations that the store has had and this program does not know: the store is newer."""
    loader = MigrationExecutor(connection).loader
    applied = loader.applied_migrations
    known = loader.disk_migrations
    ours = [key for key in applied if key[0] == "records" and key not in known]
    return sorted(".".join(key) for key in ours)
