"""Tests of a contract against its data: started, watched, read, and set up."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.http import HttpResponse
from django.urls import reverse

from throughline.actions.evidence import contract_tests as actions
from throughline.actions.evidence.contract_tests import Setup
from throughline.core.contracts.reading import read_contract
from throughline.core.contracts.results import RuleOutcome, RuleResult
from throughline.core.contracts.testing import OPEN, sentence
from throughline.core.errors import Refused
from throughline.core.permissions import may, require
from throughline.queries import contract_tests as queries
from throughline.queries import jobs
from throughline.queries.contracts import contract_row, newest_row, place_for
from throughline.queries.rows import DataContract
from throughline.web.contract_lines import trail
from throughline.web.places import PlaceForm, shown_place, typed_place
from throughline.web.routes import Crumb, PageRequest, cleaned, done, filled, page, show

MOST_SHOWN = 10
MANY_ALIKE = 3  # rules with the same reason, from which on it is said once
ENGINE_NAMES = {"duckdb": "DuckDB", "postgres": "PostgreSQL"}


class SetupForm(PlaceForm):
    server = forms.ChoiceField(label="Server named in the contract", required=False)
    password = forms.CharField(
        label="Password",
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Kept encrypted. Leave it empty to keep what is stored.",
    )
    forget = forms.BooleanField(label="Forget the stored password", required=False)
    schedule = forms.CharField(
        label="When it is tested by itself",
        required=False,
        max_length=100,
        help_text="Five parts: minute, hour, day, month, weekday. 0 6 * * * is each day at six. Empty: never.",
    )
    time_zone = forms.CharField(label="Time zone of the schedule", required=False, max_length=64)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


@dataclass(frozen=True)
class TableResults:
    """What was found of one table; `name` is empty for rules about the whole contract."""

    name: str
    open: tuple[RuleResult, ...]
    held: tuple[RuleResult, ...]
    alike: tuple[RuleResult, ...] = ()  # rules that could not be judged, all for the same reason


def card(request: PageRequest, contract: DataContract) -> dict[str, object]:
    """What the page of a contract shows of its tests."""
    rows = list(queries.tests_of(contract)[:MOST_SHOWN])
    newest = queries.latest(contract)
    return {
        "tests": rows,
        "newest_test": newest,
        "newest_said": sentence(queries.shown(newest).results) if newest else "",
        "open_test": next((row for row in rows if row.state in OPEN), None),
        "where": place_in_words(contract),
        "schedule_words": queries.schedule_in_words(contract),
        "may_test": _may(request, actions.VERB, contract) and contract.ended_at is None,
        "may_set_up": may(request.actor, actions.SET_UP, program_id=contract.program_id)
        and contract.ended_at is None,
    }


def place_in_words(contract: DataContract) -> Mapping[str, str]:
    """Where its data is read, or why nobody knows."""
    try:
        version = newest_row(contract)
        return {"place": str(actions.place_of_contract(contract, version)), "problem": ""}
    except Refused as refusal:
        return {"place": "", "problem": str(refusal)}


@page("contract.test", at="program", activity="contract.test_requested", methods=("POST",))
def start(request: PageRequest, contract_id: int) -> HttpResponse:
    row = actions.request_test(actor=request.actor, contract_id=contract_id, now=request.now)
    return done(request, reverse("contract_test", args=[row.pk]), "The test is asked for.")


@page("contract.view", at="program")
def test(request: PageRequest, test_id: int) -> HttpResponse:
    row = queries.test_row(request.actor, test_id)
    found = queries.shown(row)
    context = {
        "row": row,
        "contract": row.contract,
        "is_open": found.is_open,
        "engine": ENGINE_NAMES.get(row.engine, row.engine.capitalize()),
        "said": sentence(found.results) if row.state == "done" else "",
        "tables": by_table(found.results),
        "seconds": _seconds(row.started_at, row.finished_at),
        "has_worker": jobs.worker_state(request.now).is_alive if found.is_open else True,
        "may_test": _may(request, actions.VERB, row.contract) and row.contract.ended_at is None,
        "crumbs": trail(row.contract, Crumb("Test")),
    }
    return show(request, "contracts/test.html", context, part="state")


@page("connection.change", at="program", activity="contract.tests_set_up", methods=("GET", "POST"))
def set_up(request: PageRequest, contract_id: int) -> HttpResponse:
    contract = contract_row(request.actor, contract_id)
    require(request.actor, actions.SET_UP, noun="contract", program_id=contract.program_id)
    form = filled(request, SetupForm, _initial(contract))
    names = [server.name for server in read_contract(newest_row(contract).content).servers]
    first = f"The first one: {names[0]}" if names else "None is named"
    form.fields["server"].choices = [("", first), *((name, name) for name in names)]  # type: ignore[attr-defined]
    if request.method == "POST":
        values = cleaned(form)
        typed = values["password"] or None
        setup = Setup(
            server=values["server"],
            location=typed_place(values),
            password="" if values["forget"] else typed,
            schedule=values["schedule"],
            time_zone=values["time_zone"],
        )
        actions.set_up_tests(
            actor=request.actor,
            contract_id=contract.pk,
            setup=setup,
            expected_version=values["version"],
            now=request.now,
        )
        return done(
            request, f"{reverse('contract', args=[contract.pk])}#tests", "It is tested so from now on."
        )
    context = {
        "form": form,
        "contract": contract,
        "has_password": bool(contract.secrets),
        "back": reverse("contract", args=[contract.pk]),
        "crumbs": trail(contract, Crumb("How it is tested")),
    }
    return show(request, "contracts/setup.html", context)


def by_table(results: tuple[RuleResult, ...]) -> list[TableResults]:
    """Tables with something to look at first."""
    found: dict[str, list[RuleResult]] = defaultdict(list)
    for one in results:
        found[one.table].append(one)
    return sorted((_told(name, rules) for name, rules in found.items()), key=lambda one: not one.open)


def _told(name: str, rules: list[RuleResult]) -> TableResults:
    reasons = Counter(one.reason for one in rules if one.outcome is RuleOutcome.UNKNOWN and not one.found)
    reason, times = reasons.most_common(1)[0] if reasons else ("", 0)
    is_alike = times >= MANY_ALIKE
    alike = [one for one in rules if is_alike and one.outcome is RuleOutcome.UNKNOWN and one.reason == reason]
    return TableResults(
        name,
        tuple(one for one in rules if one.outcome is not RuleOutcome.PASSED and one not in alike),
        tuple(one for one in rules if one.outcome is RuleOutcome.PASSED),
        tuple(alike),
    )


def _initial(contract: DataContract) -> dict[str, object]:
    return {
        "server": contract.server,
        "schedule": contract.schedule,
        "time_zone": contract.time_zone or contract.program.time_zone,
        "version": contract.version,
        **shown_place(contract.location),
    }


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    return (end - start).total_seconds() if start and end else None


def _may(request: PageRequest, verb: str, contract: DataContract) -> bool:
    return may(request.actor, verb, **place_for(request.actor, verb, contract))
