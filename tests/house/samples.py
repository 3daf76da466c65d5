"""One program with one object of every kind, everybody who might ask, and what to send to a route that is asked."""

import json
import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import yaml
from django.conf import settings
from django.test import Client
from django.utils import timezone

from tests.make import World, policy_source
from tests.make_contracts import document, text
from throughline.actions import (
    access,
    compliance,
    compliance_findings,
    connections,
    contracts,
    data_sources,
    feedback,
    imports,
    label_audits,
    outputs,
    people,
    personal_links,
    sign_offs,
    specs,
    tokens,
    views,
)
from throughline.actions.evidence import contract_tests
from throughline.adapters.files import path_of
from throughline.core.access import available_scopes
from throughline.core.dossier import WaiverKind
from throughline.core.permissions import AccessRole, Actor
from throughline.core.stages import MoveKind
from throughline.queries.access import actor_for, system_actor
from throughline.records.contracts import DataContract
from throughline.records.evidence import Attachment
from throughline.records.jobs import Job
from throughline.records.people import Person
from throughline.records.promises import Telling

# Words that stand nowhere but in what belongs to the program; whoever is outside must never read one of them.
CANARY = "Quokkasaurus"
BACKEND = "django.contrib.auth.backends.ModelBackend"
INSIDE = ("viewer", "stakeholder", "member", "approver", "manager", "auditor")
OUTSIDE = ("other manager", "no role")
ASKERS = (*INSIDE, "admin", *OUTSIDE)


@dataclass
class House:
    """The samples: objects by the name under which routes ask for them, people by what they are."""

    world: World
    people: dict[str, Person] = field(default_factory=dict)
    ids: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)

    def actor(self, asker: str) -> Actor:
        return actor_for(self.people[asker], door="web", now=timezone.now())

    def browser(self, asker: str) -> Client:
        """A new one each time, with the session that began when the house was built."""
        client = Client(raise_request_exception=False)
        if asker != "nobody":
            client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[asker]
        return client


def build() -> House:
    world = World(now=timezone.now() - timedelta(hours=1))
    house = House(world)
    _populate(house)
    _furnish(house)
    world.now = timezone.now()
    for asker, person in house.people.items():
        house.secrets[asker] = _token(person, None)
        house.sessions[asker] = _session(person)
    house.secrets["read-only token"] = _token(house.people["manager"], ["read"])
    return house


def _populate(house: House) -> None:
    world = house.world
    world.program.name = f"{CANARY} program"
    world.program.save()
    for role in INSIDE:
        house.people[role] = world.person(f"{CANARY} {role}")
        world.member(house.people[role], AccessRole(role))
    house.people["admin"] = world.person("Root", is_admin=True)
    house.people["no role"] = world.person("Stranger")
    house.people["other manager"] = World(now=world.now).pm


def _furnish(house: House) -> None:
    world, ids = house.world, house.ids
    check = {
        "id": "team.agreed", "asks": "Does the team agree?", "remedy": "Meet.", "why": "It has to.",
        "sign_off": {"by": ["program_manager"], "covers": ["model"]}, "waivable_by": ["leader"],
    }  # fmt: skip
    source = yaml.safe_load(policy_source({"conception_to_prototype": [check]}, version="samples"))
    world.publish(yaml.safe_dump({**source, "needed": {"conception": ["analyst"]}}, sort_keys=False))
    manager = world.actor(house.people["manager"])
    model = world.model(f"{CANARY} model", external_id=f"{CANARY}-key")
    moved = world.model(f"{CANARY} second")
    place = {"actor": manager, "model_id": model.pk, "now": world.now}
    world.measure(model, "metric.auc", 0.9)
    world.agreed(model, {"title": "AUC", "metric": "metric.auc", "target": 0.95})
    evidence = model.evidence.get()
    waiver = sign_offs.request_waiver(
        gate="conception_to_prototype", check_id="team.agreed", kind=WaiverKind.WAIVED, reason="Not yet.",
        until=timezone.now() + timedelta(days=9), **place,
    )  # fmt: skip
    gap = people.take_up_gap(
        duty="analyst",
        owner_id=house.people["member"].pk,
        due_on=timezone.now().date() + timedelta(days=9),
        **place,
    )
    decided = world.decide(world.request(moved, MoveKind.PAUSE))
    connection = connections.connect(
        actor=manager, program_id=world.program.pk, kind="mlflow", name=f"{CANARY} registry",
        values={"base_url": "http://127.0.0.1:9"}, now=world.now,
    )  # fmt: skip
    batch = imports.preview_import(
        actor=manager, program_id=world.program.pk, file_name=f"{CANARY}.csv",
        content=b"id,name,stage\n1,A,prototype\n", now=world.now,
    )  # fmt: skip
    link = connections.link_model(
        actor=manager, connection_id=connection.pk, model_id=model.pk, remote_name="churn", now=world.now
    )
    token, _ = tokens.create_token(
        actor=manager, name=f"{CANARY} token", scopes=["read"], program_id=world.program.pk,
        expires_at=timezone.now() + timedelta(days=1), now=world.now,
    )  # fmt: skip
    view = views.save_view(
        actor=manager, name=f"{CANARY} view", query="q=x", now=world.now,
    )  # fmt: skip
    change, comment = _specify(house, model.pk)
    invited = access.invite_person(
        actor=system_actor("cli"), name=f"{CANARY} invited", email="invited@example.org", program_id=world.program.pk,
        role=AccessRole.VIEWER, now=world.now,
    )  # fmt: skip
    attachment = Attachment.objects.create(
        model=model, name=f"{CANARY}.txt", size=1, sha256="0" * 64, uploaded_by="x", uploaded_at=world.now
    )
    stored = path_of(settings.ATTACHMENTS_DIR, attachment.pk)
    stored.parent.mkdir(parents=True, exist_ok=True)
    stored.write_bytes(b"x")
    asked = world.stakeholder(model, house.people["stakeholder"])
    shown = outputs.share_file(
        item=outputs.NewOutput(f"{CANARY} scores", stakeholder_ids=(asked.pk,)), file_name=f"{CANARY}.csv",
        chunks=[f"id,name\n1,{CANARY}\n".encode()], is_sample=True, **place,
    )  # fmt: skip
    link_to_page = personal_links.create_personal_link(
        actor=manager, stakeholder_id=asked.pk, now=world.now
    ).row
    promised = world.promise(
        model, asked, world.stakeholder(model, name="Desk"), statement=f"{CANARY} is promised."
    )
    told = Telling.objects.create(
        model=model, stakeholder=asked, cause="sample", subject=f"{CANARY} news", words=f"{CANARY} comes later.",
        how="page", teller_name="Ana", told_at=world.now,
    )  # fmt: skip
    said = feedback.give_feedback(text=f"{CANARY} comes too late.", **place)
    source, upstream = (
        world.source(f"{CANARY} orders", model, location={"kind": "files", "path": "x.csv"}),
        world.source(f"{CANARY} tills"),
    )
    spare = world.source(f"{CANARY} spare")
    flow = data_sources.add_flow(actor=manager, source_id=source.pk, upstream_id=upstream.pk, now=world.now)
    (requested,) = world.asks_access(model, source)
    review = _review(house, model.pk)
    audit, labeller = _audit(house, model.pk)
    assessed = world.assessed(source, judgement="")
    agreed = contracts.import_contract(
        actor=manager, program_id=world.program.pk, body=text(document(id=f"{CANARY}-scores", name=f"{CANARY} scores")),
        link=contracts.Link(model_id=model.pk), now=world.now,
    ).contract  # fmt: skip
    job = Job.objects.create(kind="test", state="failed", run_at=world.now, created_at=world.now)
    ids.update(
        {
            "slug": world.program.slug,
            "model_id": model.pk,
            "external_id": f"{CANARY}-key",
            "release_id": world.release(model).pk,
            "move_id": world.request(model).pk,
            "decision_id": decided.decision.pk,
            "waiver_id": waiver.pk,
            "evidence_id": evidence.pk,
            "policy_id": world.program.policies.latest("pk").pk,
            "batch_id": batch.pk,
            "import_id": batch.pk,
            "number": 1,
            "connection_id": connection.pk,
            "link_id": link.pk,
            "view_id": view.pk,
            "person_id": invited.person.pk,
            "assignment_id": world.assign(house.people["member"], "data_engineer", model).pk,
            "item_id": gap.pk,
            "gap_id": gap.pk,
            "membership_id": invited.person.memberships.get().pk,
            "token_id": token.pk,
            "attachment_id": attachment.pk,
            "file_id": attachment.pk,
            "job_id": job.pk,
            "output_id": shown.pk,
            "stakeholder_id": asked.pk,
            "personal_link_id": link_to_page.pk,
            "promise_id": promised.pk,
            "telling_id": told.pk,
            "feedback_id": said.pk,
            "source_id": source.pk,
            "contract_id": agreed.pk,
            "test_id": _tested(world, manager, agreed),
            "upstream_id": spare.pk,
            "use_id": model.source_uses.get().pk,
            "flow_id": flow.pk,
            "request_id": requested.pk,
            "compliance_id": review,
            "audit_id": audit,
            "labeller_id": labeller,
            "assessment_id": assessed.pk,
            "other_id": assessed.pk,
            "profile": assessed.fingerprint,
            "seen": shown.fingerprint,
            "seq": 1,
            "section": "problem",
            "change_id": change,
            "comment_id": comment,
            "kind": "csv",
            "token": "no-such-token",
        }
    )


def _tested(world: World, manager: Actor, contract: DataContract) -> int:
    """A test that came to a result: nothing may be read, so every rule of it is unknown."""
    test = contract_tests.request_test(actor=manager, contract_id=contract.pk, now=world.now)
    contract_tests.run_test(actor=system_actor("worker"), test_id=test.pk, now=world.now)
    return test.pk


def _review(house: House, model_id: int) -> int:
    """A review under way, with a finding that its owner has resolved and nobody confirmed."""
    now, member = house.world.now, house.people["member"]
    item = compliance.NewReview("privacy", house.people["stakeholder"].pk, scope=f"{CANARY} data")
    manager, reviewer = (house.world.actor(house.people[role]) for role in ("manager", "stakeholder"))
    made = compliance.ask_review(actor=manager, model_id=model_id, item=item, now=now)
    place: dict[str, Any] = {"compliance_id": made.pk, "now": now}
    compliance.open_review(actor=reviewer, **place)
    found = compliance_findings.NewFinding(f"{CANARY} is kept", "high", owner_id=member.pk)
    compliance_findings.raise_finding(actor=reviewer, item=found, **place)
    compliance_findings.resolve_finding(
        actor=house.world.actor(member), number=1, resolution=f"{CANARY} is deleted.", **place
    )
    return made.pk


def _specify(house: House, model_id: int) -> tuple[int, int]:
    """An approved specification, a change of scope asked against it, and a draft with a comment."""
    world = house.world
    place: dict[str, Any] = {"model_id": model_id, "now": world.now}
    manager, approver = (world.actor(house.people[role]) for role in ("manager", "approver"))
    said = {"problem": f"{CANARY} calls come late"}
    specs.start_draft(actor=manager, **place)
    specs.write_section(actor=manager, section="problem", content=said, **place)
    sealed = specs.submit_spec(actor=manager, **place).fingerprint
    specs.approve_spec(actor=approver, seen=sealed, **place)
    change = specs.ask_scope_change(
        actor=manager, reason_kind="new_need", reason=f"{CANARY} need", effect_on_scope="More.", **place
    )
    specs.start_draft(actor=manager, **place)
    comment = specs.comment_on_section(actor=manager, section="problem", text=f"{CANARY} comment", **place)
    return change.pk, comment.pk


def _audit(house: House, model_id: int) -> tuple[int, int]:
    """A label audit of two items, with the member and somebody outside as labellers."""
    world = house.world
    place: dict[str, Any] = {"actor": world.actor(house.people["manager"]), "now": world.now}
    content = "\n".join(["text,label", *(f"{CANARY} {n},{'ab'[n % 2]}" for n in range(4))]).encode()
    begun = label_audits.begin_audit(
        model_id=model_id, item=label_audits.NewAudit(f"{CANARY} labels"), file_name=f"{CANARY}.csv", chunks=[content],
        **place,
    )  # fmt: skip
    plan = label_audits.DrawPlan("label", size=2, seed=1, shown=("text",), most_error=0.5)
    label_audits.draw_items(audit_id=begun.pk, plan=plan, **place)
    label_audits.invite_labeller(audit_id=begun.pk, person_id=house.people["member"].pk, **place)
    outside = label_audits.invite_labeller(audit_id=begun.pk, name=f"{CANARY} desk", **place)
    return begun.pk, outside.pk


def _session(person: Person) -> str:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _token(person: Person, scopes: list[str] | None) -> str:
    now = timezone.now()
    actor = actor_for(person, door="web", now=now)
    kept = scopes or list(available_scopes(actor))
    _, secret = tokens.create_token(
        actor=actor, name="sample", scopes=kept, expires_at=now + timedelta(days=1), now=now
    )
    return secret


# What a page or list must not show to insiders who lack the verb.
HIDDEN = {
    "people.view": f"{CANARY} invited",
    "connection.view": f"{CANARY} registry",
    "connection.change": f"{CANARY} registry",
    "import.run": f"{CANARY}.csv",
    "token.manage": f"{CANARY} token",
    "source.view": f"{CANARY} orders",
}
NOWHERE = 10**12

PARAMETER = re.compile(r"<(?:[a-z]+:)?([a-z_]+)>")


def nowhere(path: str) -> str:
    """The same route with objects that do not exist."""

    def other(found: re.Match[str]) -> str:
        return str(NOWHERE) if found[1].endswith("_id") or found[1] in ("number", "seq") else "no-such-thing"

    return "/" + PARAMETER.sub(other, path)


def address(house: House, path: str) -> str:
    """Raises `KeyError` with the name of a parameter for which there is no sample yet: give it one above."""
    return "/" + PARAMETER.sub(lambda found: str(house.ids[found[1]]), path)


def query(house: House, path: str) -> str:
    """Some pages take their object from the query, which is part of the page's state."""
    if path.startswith(("people/assign", "people/gaps/new")):
        return f"?model={house.ids['model_id']}"
    if path.startswith(("models/", "people")):
        return f"?kind=advance&to=prototype&check=team.agreed&gate=conception_to_prototype&program={house.ids['slug']}"
    return f"?program={house.ids['slug']}"


def form(house: House) -> dict[str, Any]:
    """One answer for the forms of all pages; each takes the fields that it knows."""
    tomorrow = (timezone.now() + timedelta(days=1)).date().isoformat()
    ids = house.ids
    return {
        "name": "Sample", "title": "Sample", "email": "kim@example.org", "role": "viewer", "time_zone": "UTC",
        "reason": "Because.", "outcome": "Done.", "note": "Noted.", "duty": "analyst", "person": str(ids["person_id"]),
        "due_on": tomorrow, "ends_on": tomorrow, "expires_on": tomorrow, "until": tomorrow, "scopes": ["read"],
        "kind": "advance", "to": "prototype", "check": "team.agreed", "check_id": "team.agreed",
        "gate": "conception_to_prototype", "key": "metric.f1", "value": "1", "summary": "S", "program": ids["slug"],
        "query": "q=x", "version": "1", "answer": "approve", "is_approval": "yes", "decision": "approve",
        "link": "https://example.org/", "policy": "light", "source": "x", "theme": "dark", "field": "team",
        "pick": str(ids["model_id"]), "model": str(ids["model_id"]), "subject": "churn version 1", "notes": "",
        "text": "Too late.", "purpose": "draft", "stakeholders": str(ids["stakeholder_id"]), "words": "Fine.",
        "seen": ids["seen"], "profile": ids["profile"], "triage": "work_item",
        "part": "user", "influence": "3", "interest": "3", "days": "30",
        "statement": "Soon.", "number": "1", "how": "in_person", "stakeholder": str(ids["stakeholder_id"]),
        "section": "problem", "reason_kind": "other", "effect_on_scope": "More.",
        "password": "seven green lanterns 41", "current": "", "remote_name": "churn", "choice": "continue",
        "next_look_on": tomorrow, "metric": "metric.auc", "sensitivity": "internal",
        "upstream": str(ids["upstream_id"]),
        "from_stage": "prototype", "sources": str(ids["upstream_id"]), "needed_by": "Job", "sent_to": "Desk",
        "reviewer": str(house.people["stakeholder"].pk),
        "severity": "low", "conclusion": "passed", "valid_until": tomorrow, "resolution": "Done.",
        "owner": str(house.people["manager"].pk), "scope": "All.",
    }  # fmt: skip


def substituted(house: House, content: Any) -> Any:
    """The example in the interface's description, with the sample objects in place of those that it names."""
    if isinstance(content, dict):
        return {name: _one(house, name, value) for name, value in content.items()}
    return [substituted(house, item) for item in content] if isinstance(content, list) else content


def _one(house: House, name: str, value: Any) -> Any:
    if name in house.ids and value is not None and name != "kind":
        return house.ids[name]
    known = {
        "program": house.ids["slug"],
        "owner_email": house.people["member"].email,
        "email": house.people["member"].email,
        "expires_at": (timezone.now() + timedelta(days=9)).isoformat(),
        "ends_at": (timezone.now() + timedelta(days=9)).isoformat(),
        "until": (timezone.now() + timedelta(days=9)).isoformat(),
        "due_on": (timezone.now() + timedelta(days=9)).date().isoformat(),
        "next_look_on": (timezone.now() + timedelta(days=9)).date().isoformat(),
        "gate": "conception_to_prototype",
        "check": "team.agreed",
        "check_id": "team.agreed",
        "stakeholder_ids": [house.ids["stakeholder_id"]],
        "source_ids": [house.ids["upstream_id"]],
        "reviewer_id": house.people["stakeholder"].pk,
        "owner_id": house.people["member"].pk,
        "valid_until": (timezone.now() + timedelta(days=9)).date().isoformat(),
        "causes": [f"promise:{house.ids['promise_id']}:v1"],
    }
    return known.get(name, substituted(house, value))


def bodies() -> dict[tuple[str, str], Any]:
    """By method and path of the description: the first example of what a JSON operation takes."""
    described = json.loads(Client().get("/api/v1/openapi.json").content)
    found: dict[tuple[str, str], Any] = {}
    for path, operations in described["paths"].items():
        for method, one in operations.items():
            taken = (
                one.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            )
            options = [taken, *taken.get("anyOf", []), *taken.get("oneOf", [])]
            name = next((one["$ref"].rpartition("/")[2] for one in options if "$ref" in one), "")
            examples = described["components"]["schemas"].get(name, {}).get("examples", [])
            if examples:
                found[method.upper(), path] = examples[0]
    return found
