"""What recurs: each chore with its rhythm and the kind of job that a tick puts into the queue."""

from datetime import timedelta

from throughline.core.jobs import ChorePlan

BEAT = timedelta(seconds=30)

CHORES: tuple[ChorePlan, ...] = (
    ChorePlan(
        "connections.poll",
        timedelta(minutes=1),
        "Has every connected tool that is due asked for new evidence.",
        kind="connections.poll",
    ),
    ChorePlan(
        "contracts.due",
        timedelta(minutes=1),
        "Has every data contract whose test is due tested against its data.",
        kind="contracts.due",
    ),
    ChorePlan(
        "assessments.lost",
        timedelta(minutes=5),
        "Stops assessments of data that no worker could finish, so that they can be asked for again.",
        kind="assessments.lost",
    ),
    ChorePlan(
        "log.anchor",
        timedelta(minutes=10),
        "Writes the head of the activity log to the anchor file, so that a cut tail shows.",
        kind="log.anchor",
    ),
    ChorePlan(
        "installation.clear",
        timedelta(hours=1),
        "Deletes sign-in links, failed attempts, kept replies, sessions and done jobs that have served their time.",
        kind="installation.clear",
    ),
)
