"""Is there a version to release, and can it be traced to its run, code and data?"""

from throughline.core.checks.registry import Found, Parameters, check, met, unknown, unmet
from throughline.core.dossier import Dossier


@check(
    "readiness.release_named",
    asks="Is it said which version is to be released?",
    why="An approval without a version approves whatever comes.",
    remedy="Name the release and the registered version that it puts into production.",
    turn=("data_scientist", "program_manager"),
)
def release_named(dossier: Dossier, parameters: Parameters) -> Found:
    release = dossier.release
    if release is None:
        return unmet("No release is named.")
    if not release.subject:
        return unmet(
            f"Release {release.name} does not name a version.", "Say which registered version it is."
        )
    return met(f"Release {release.name}: {release.subject}.")


@check(
    "readiness.run_traceable",
    asks="Can the version be traced to its training run, code and data?",
    why="What can't be traced can't be repeated, nor explained when it fails.",
    remedy="Register the version from a run that logs its data set and its code version.",
    turn=("data_scientist",),
)
def run_traceable(dossier: Dossier, parameters: Parameters) -> Found:
    registered = dossier.latest("registry.version")
    if registered is None:
        return unknown(
            "No registered version is known.", "Link the model to its registry, or attach the version by API."
        )
    lacking = [
        word
        for word in ("run", "data set digest", "code version")
        if not registered.detail.get(word.replace(" ", "_"))
    ]
    if lacking:
        return unmet(f"{registered.subject} names no {', no '.join(lacking)}.", evidence=(registered.id,))
    return met(
        f"{registered.subject} names its run, data set digest and code version.", evidence=(registered.id,)
    )
