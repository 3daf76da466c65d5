"""Is the data of each source good enough: by a contract that was tested, or in the eyes of a person who looked?"""

from collections.abc import Iterable

from throughline.core.assessments import SourceQuality, is_fresh
from throughline.core.checks.registry import (
    Found,
    Parameter,
    Parameters,
    check,
    met,
    number,
    text,
    unknown,
    unmet,
)
from throughline.core.data_sources import SourceInUse, in_use
from throughline.core.dossier import Dossier
from throughline.core.stages import Stage

MOST_NAMED = 5
ASSESS = "Assess the source on its page and have somebody else accept it, or test its contract."


@check(
    "data.quality_accepted",
    asks="Is the data of every source in use good enough?",
    why="No algorithm mends bad data; what nobody has looked at is bad in a way that nobody knows.",
    remedy=ASSESS,
    turn=("data_scientist", "data_engineer"),
    parameters=(
        Parameter("max_age_days", "number", "how old the data may be that was tested or looked at"),
        Parameter(
            "stage",
            "text",
            "sources used up to this stage are asked about; by default the stage that the model is in",
        ),
    ),
)
def quality_accepted(dossier: Dossier, parameters: Parameters) -> Found:
    """One bad source is enough to close the gate, and one of which nothing is known leaves it closed."""
    if not dossier.sources:
        return unknown(
            "No data source is listed for this model.",
            "Link the model to its sources. If it needs none, ask for this check to be set aside as not applicable.",
        )
    used = in_use(dossier.sources, _stage(dossier, parameters))
    if not used:
        names = ", ".join(one.name for one in dossier.sources)
        return unknown(f"No data source is in use at this stage yet; listed for later: {names}.", ASSESS)
    days = number(parameters, "max_age_days")
    known = {one.source_id: one for one in dossier.quality}
    qualities = [(one, known.get(one.id, SourceQuality(one.id))) for one in used]
    if bad := [said for one, quality in qualities if (said := _bad(one, quality, dossier, days))]:
        return unmet(_listed(bad), _mend(qualities))
    if missing := [one.name for one, quality in qualities if not quality.good()]:
        return unknown(
            _listed(f"{name}: neither a passed contract test nor an accepted assessment" for name in missing),
            ASSESS,
        )
    return met(_listed(f"{one.name} {quality.good()[0][1]} ({_day(quality)})" for one, quality in qualities))


def _bad(one: SourceInUse, quality: SourceQuality, dossier: Dossier, days: float | None) -> str:
    """Empty where nothing speaks against the source."""
    if failed := quality.failed_since():
        newest = max(failed, key=lambda test: test.at)
        return f"{one.name}: failed its contract {newest.contract} on {newest.at:%Y-%m-%d}"
    if quality.is_rejected and quality.judged:
        judged = quality.judged
        return f"{one.name}: rejected by {judged.by} on {judged.judged_at:%Y-%m-%d} ({judged.reason[:200]})"
    good = quality.good()
    if good and not is_fresh(good[0][0], days, dossier.at):
        age = (dossier.at - good[0][0]).days
        return f"{one.name}: {good[0][1]}, but on data read {age} days ago; it may be {days:g}"
    return ""


def _mend(qualities: Iterable[tuple[SourceInUse, SourceQuality]]) -> str:
    is_failing = any(quality.failed_since() or quality.is_rejected for _, quality in qualities)
    return "Mend the data, then test or assess it again." if is_failing else "Test or assess it again."


def _day(quality: SourceQuality) -> str:
    return f"data of {quality.good()[0][0]:%Y-%m-%d}"


def _stage(dossier: Dossier, parameters: Parameters) -> Stage:
    """A name that is no stage asks about all of them."""
    named = text(parameters, "stage")
    if not named:
        return dossier.model.stage
    return Stage(named) if named in list(Stage) else list(Stage)[-1]


def _listed(said: Iterable[str]) -> str:
    parts = list(said)
    more = f"; and {len(parts) - MOST_NAMED} more" if len(parts) > MOST_NAMED else ""
    return f"{'; '.join(parts[:MOST_NAMED])}{more}."
