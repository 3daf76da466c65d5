"""Is there a version to release, and can it be traced to its run, code and data?"""

from throughline.core.checks.registry import Found, Parameters, check, met, unknown, unmet
from throughline.core.dossier import Dossier
from throughline.core.evidence import Evidence, Outcome

# What a version must name: the word for it, where its own entry may say it, and which evidence may say it instead.
TRACES = (
    ("run", ("run_id", "run"), "run.finished"),
    ("data set digest", ("data_set_digest",), "run.datasets_named"),
    ("code version", ("code_version",), "run.code_named"),
)


@check(
    "readiness.release_named",
    asks="Is it said which version is to be released?",
    why="An approval without a version approves whatever comes.",
    remedy="Name the release and the registered version that it puts into production.",
    turn=("data_scientist", "program_manager"),
)
def release_named(dossier: Dossier, _: Parameters) -> Found:
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
def run_traceable(dossier: Dossier, _: Parameters) -> Found:
    registered = dossier.latest("registry.version")
    if registered is None:
        return _no_version(dossier)
    traces = {word: _trace(dossier, registered, own, key) for word, own, key in TRACES}
    seen = dict.fromkeys(evidence.id for evidence in traces.values() if evidence)
    ids = tuple(dict.fromkeys((registered.id, *seen)))
    if lacking := [word for word, evidence in traces.items() if evidence is None]:
        return unmet(f"{registered.subject} names no {', no '.join(lacking)}.", evidence=ids)
    return met(f"{registered.subject} names its run, data set digest and code version.", evidence=ids)


def _no_version(dossier: Dossier) -> Found:
    other = dossier.passed_over("registry.version")
    if other is not None and dossier.release is not None:
        found = f"The registry tells of {other.subject}, not of {dossier.release.subject}."
        return unmet(
            found, "Release the version that the registry knows, or register the other.", evidence=(other.id,)
        )
    return unknown(
        "No registered version is known.", "Link the model to its registry, or attach the version by API."
    )


def _trace(dossier: Dossier, registered: Evidence, own: tuple[str, ...], key: str) -> Evidence | None:
    if any(registered.detail.get(name) for name in own):
        return registered
    said = dossier.latest(key)
    is_of_this = said is not None and said.subject == registered.subject and said.outcome is Outcome.PASSED
    return said if is_of_this else None
