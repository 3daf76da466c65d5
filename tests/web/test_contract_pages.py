"""Contracts through the web door: imported, read, answered, compared, exported, with what was typed kept."""

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.make import World
from tests.make_contracts import Contracts, breaking, compatible, document, text
from throughline.core.permissions import AccessRole
from throughline.queries import contracts as queries
from throughline.records.contracts import ContractAnswer, ContractVersion, DataContract
from throughline.records.people import Person

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]


@pytest.fixture
def world() -> World:
    return World(now=timezone.now() - timedelta(hours=2))


@pytest.fixture
def made(world: World) -> Contracts:
    return Contracts(world)


def read(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())


def test_empty_pages_say_what_to_do_next(made: Contracts, pm: Client) -> None:
    assert "No contracts yet" in read(pm, "/contracts")
    page = read(pm, f"/models/{made.model.pk}?tab=data")
    assert "No contracts yet" in page
    assert "Without a contract: Shop" in page


def test_a_pasted_document_becomes_a_contract(made: Contracts, pm: Client) -> None:
    sent = {"program": made.world.program.slug, "text": text(document()), "about": f"source-{made.source.pk}"}
    response = pm.post("/contracts/new", sent)
    row = DataContract.objects.get()
    assert response["Location"] == f"/contracts/{row.pk}"
    page = read(pm, f"/contracts/{row.pk}")
    for said in (
        "Orders",
        "Data of Shop",
        "required · unique",
        "at most 1,000",
        "latency",
        "Waits for Shop team",
    ):
        assert said in page, said
    assert "Orders" in read(pm, f"/models/{made.model.pk}?tab=data")
    assert "Waits for Shop team, Churn" in read(pm, "/contracts")


def test_looking_first_changes_nothing_and_tells_each_fault_at_its_line(made: Contracts, pm: Client) -> None:
    bad = text(document()).replace("logicalType: number", "logicalType: nmber")
    sent = {"program": made.world.program.slug, "text": bad}
    for response in (pm.post("/contracts/check", sent), pm.post("/contracts/new", {**sent, "do": "look"})):
        page = response.content.decode()
        assert "schema[0].properties[1].logicalType" in page
        assert "Did you mean “number”?" in page
        assert "line-21" in page
    assert not DataContract.objects.exists()
    refused = pm.post("/contracts/new", sent)
    assert refused.status_code == 422
    assert "nmber" in refused.content.decode()
    assert "line-21" in refused.content.decode()


def test_looking_says_what_a_version_would_change(made: Contracts, pm: Client) -> None:
    made.publish()
    slug = made.world.program.slug
    page = pm.post("/contracts/check", {"program": slug, "text": text(breaking())}).content.decode()
    assert "it breaks something" in page
    assert "The column was removed." in page
    page = pm.post("/contracts/check", {"program": slug, "text": text(document())}).content.decode()
    assert "word for word" in page
    page = pm.post("/contracts/check", {"program": slug, "text": text(breaking("0.9.0"))}).content.decode()
    assert "older than 1.0.0" in page
    assert ContractVersion.objects.count() == 1


def test_a_zip_accounts_for_every_file(made: Contracts, pm: Client) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.yaml", text(document(id="a", name="Alpha")))
        archive.writestr("b.yaml", "id: [")
        archive.writestr("<script>.txt", "x")
    file = SimpleUploadedFile("contracts.zip", out.getvalue())
    response = pm.post("/contracts/new", {"program": made.world.program.slug, "file": file})
    page = response.content.decode()
    assert response.status_code == 200
    assert "a.yaml" in page
    assert "This is not valid YAML" in page
    assert "&lt;script&gt;.txt" in page
    assert DataContract.objects.get().name == "Alpha"


def test_a_file_of_an_odd_encoding_is_refused_with_its_line(made: Contracts, pm: Client) -> None:
    body = text(document(name="Café")).encode("latin-1").replace(b"\\xE9", b"\xe9")
    file = SimpleUploadedFile("a.yaml", b"# caf\xe9\n" + body)
    response = pm.post("/contracts/new", {"program": made.world.program.slug, "file": file})
    assert response.status_code == 422
    assert "not UTF-8" in response.content.decode()


def test_both_sides_agree_on_the_page(made: Contracts, sign_in: SignIn) -> None:
    row = made.publish().contract
    one, two = sign_in(made.one), sign_in(made.two)
    seen = {"number": 1, "seen": row.versions.get().fingerprint, "answer": "agree", "form": "answer"}
    outside = {
        "party": "provider",
        "on_behalf_of": "Pat",
        "words": "Fine.",
        "link": "https://example.org/mail",
    }
    assert one.post(f"/contracts/{row.pk}/answer", {**seen, **outside}).status_code == 302
    page = read(one, f"/contracts/{row.pk}")
    assert "Pat (recorded by Noor)" in page
    assert "Your answer" not in page
    assert "You answered this version for the provider side" in page
    response = one.post(f"/contracts/{row.pk}/answer", {**seen, "party": f"consumer-{made.model.pk}"})
    assert response.status_code == 403
    assert (
        two.post(f"/contracts/{row.pk}/answer", {**seen, "party": f"consumer-{made.model.pk}"}).status_code
        == 302
    )
    assert "In force" in read(two, f"/contracts/{row.pk}")
    assert queries.history_of(row, timezone.now()).in_force(timezone.now()) is not None


def test_what_was_typed_is_kept_when_an_answer_is_refused(made: Contracts, sign_in: SignIn) -> None:
    row = made.publish().contract
    sent = {
        "number": 1, "seen": row.versions.get().fingerprint, "answer": "agree", "form": "answer", "party": "provider",
        "words": "Typed with care.",
    }  # fmt: skip
    response = sign_in(made.one).post(f"/contracts/{row.pk}/answer", sent)
    assert response.status_code == 422
    page = response.content.decode()
    assert "Typed with care." in page
    assert "Name the person who said it." in page
    assert not ContractAnswer.objects.exists()


def test_a_breaking_version_is_marked_wherever_it_is_shown(made: Contracts, pm: Client) -> None:
    row = made.in_force()
    made.publish(breaking())
    assert "Breaking" in read(pm, "/contracts?view=breaking")
    page = read(pm, f"/contracts/{row.pk}")
    assert "Breaking version waits" in page
    assert "orders.note" in page
    compared = read(pm, f"/contracts/{row.pk}/compare?a=1&b=2")
    assert "breaks something that consumers may rely on" in compared
    back = read(pm, f"/contracts/{row.pk}/compare?a=2&b=2")
    assert "They say the same" in back
    today = read(pm, "/")
    assert "Orders" in today
    assert "breaks something" in today


def test_what_is_exported_is_what_was_imported(made: Contracts, pm: Client) -> None:
    source = "# kept\n" + text(document())
    pm.post("/contracts/new", {"program": made.world.program.slug, "text": source})
    row = DataContract.objects.get()
    response = pm.get(f"/contracts/{row.pk}/export")
    assert response.content.decode() == source
    assert 'filename="orders-100.odcs.yaml"' in response["Content-Disposition"]


def test_period_withdrawal_link_and_end(made: Contracts, pm: Client) -> None:
    pm.post("/contracts/new", {"program": made.world.program.slug, "text": text(document())})
    row = DataContract.objects.get()
    assert "Say which source or model" in read(pm, f"/contracts/{row.pk}")
    pm.post(f"/contracts/{row.pk}/link", {"about": f"source-{made.source.pk}"})
    soon = (timezone.now() + timedelta(days=9)).date()
    pm.post(f"/contracts/{row.pk}/period", {"number": 1, "ends_on": soon.isoformat()})
    assert row.versions.get().ends_on == soon
    assert pm.post(f"/contracts/{row.pk}/withdraw", {"number": 1, "reason": ""}).status_code == 422
    pm.post(f"/contracts/{row.pk}/withdraw", {"number": 1, "reason": "Too early."})
    assert "Withdrawn" in read(pm, f"/contracts/{row.pk}")
    pm.post(f"/contracts/{row.pk}/end", {"reason": "No longer used."})
    assert "ended this contract" in read(pm, f"/contracts/{row.pk}")
    assert "Orders" in read(pm, "/contracts?view=ended")


def test_who_only_reads_sees_no_form_and_strangers_see_nothing(
    made: Contracts, world: World, sign_in: SignIn
) -> None:
    row = made.publish().contract
    viewer, stranger = world.person("Vi"), world.person("Stranger")
    world.member(viewer, AccessRole.VIEWER)
    page = read(sign_in(viewer), f"/contracts/{row.pk}")
    assert "Your answer" not in page
    assert "Only people who work on it answer for Churn." in page
    assert "End the contract" not in page
    assert "You may not import" in read(sign_in(viewer), "/contracts/new")
    assert sign_in(stranger).get(f"/contracts/{row.pk}").status_code == 404
    assert sign_in(stranger).get(f"/contracts/{row.pk}/export").status_code == 404
    assert "Orders" not in read(sign_in(stranger), "/contracts")


def test_a_member_of_one_model_sees_its_contracts_and_no_others(
    made: Contracts, world: World, sign_in: SignIn
) -> None:
    other = world.model("Second")
    hidden = made.publish(document(id="hidden", name="Hidden")).contract
    output = made.output().contract
    owner = world.person("Own")
    world.assign(owner, "data_scientist", other)
    client = sign_in(owner)
    assert client.get(f"/contracts/{hidden.pk}").status_code == 404
    assert client.get(f"/contracts/{output.pk}").status_code == 404
    made.used(made.source, other)
    assert client.get(f"/contracts/{hidden.pk}").status_code == 200


def test_a_list_and_a_page_take_a_fixed_number_of_statements(made: Contracts, pm: Client) -> None:
    def counted(path: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            read(pm, path)
        return len(found)

    row = made.in_force()
    made.publish(compatible())
    few, page = counted("/contracts"), counted(f"/contracts/{row.pk}")
    for n in range(6):
        made.publish(document(id=f"c{n}"))
    assert counted("/contracts") == few
    assert page <= 20


def sent_as_shown(row: DataContract, content: dict[str, object], **more: object) -> dict[str, object]:
    """What the form sends when nothing was touched."""
    fields: dict[str, object] = {
        "base": 1,
        "label": "1.1.0",
        "name": "Orders",
        "status": "active",
        "column": [],
        "level": [],
    }
    for n, one in enumerate(content["schema"][0]["properties"]):  # type: ignore[index]
        fields["column"] = [*fields["column"], str(n)]  # type: ignore[misc]
        fields |= {f"column-{n}-name": one["name"], f"column-{n}-type": one.get("logicalType", "")}
        fields |= {f"column-{n}-required": "1"} if one.get("required") else {}
        fields |= {f"column-{n}-unique": "1"} if one.get("unique") else {}
    fields |= {"level": ["0"], "level-0-property": "latency", "level-0-value": "1", "level-0-unit": "d"}
    return {**fields, "level-0-element": "orders.id", **more}


def test_an_edit_changes_what_was_written_and_keeps_all_else_in_its_order(
    made: Contracts, pm: Client
) -> None:
    content = document(customProperties=[{"property": "ours", "value": {"deep": [1]}}], zzz=1)
    content.pop("zzz")
    row = made.publish(content).contract
    page = read(pm, f"/contracts/{row.pk}/edit")
    assert "New version" in page
    assert 'value="amount"' in page
    sent = sent_as_shown(
        row, content, owner="kim", column=["0", "1", "2", "new0"],
        **{"column-2-removed": "1", "column-new0-name": "channel", "column-new0-type": "string",
           "level-0-value": "2", "column-1-description": "In francs."},
    )  # fmt: skip
    looked = pm.post(f"/contracts/{row.pk}/edit?table=0", {**sent, "do": "look"}).content.decode()
    assert "it breaks something" in looked
    assert "In francs." in looked
    assert row.versions.count() == 1
    assert pm.post(f"/contracts/{row.pk}/edit?table=0", sent).status_code == 302
    made_version = row.versions.get(number=2)
    after = made_version.content
    assert [one["name"] for one in after["schema"][0]["properties"]] == ["id", "amount", "channel"]
    assert after["schema"][0]["properties"][1]["logicalTypeOptions"] == {"maximum": 1000}
    assert after["slaProperties"] == [
        {"property": "latency", "value": 2, "unit": "d", "element": "orders.id"}
    ]
    assert after["customProperties"] == content["customProperties"]
    assert after["team"] == {"members": [{"username": "kim", "role": "Owner"}]}
    assert after["apiVersion"] == "v3.1.0"
    assert (
        made_version.text.index("servers:")
        < made_version.text.index("schema:")
        < made_version.text.index("slaProperties:")
    )
    assert made_version.is_breaking


def test_an_untouched_form_is_no_version_but_for_its_label(made: Contracts, pm: Client) -> None:
    row = made.publish().contract
    sent = sent_as_shown(row, document(), label="1.0.0")
    assert pm.post(f"/contracts/{row.pk}/edit", sent).status_code == 302
    assert row.versions.count() == 1


def test_the_standard_is_raised_only_where_somebody_says_so(made: Contracts, pm: Client) -> None:
    row = made.publish().contract
    pm.post(f"/contracts/{row.pk}/edit", sent_as_shown(row, document(), upgrade="1"))
    assert row.versions.get(number=2).standard == "v3.2.0"


def test_what_does_not_hold_comes_back_with_what_was_typed(
    made: Contracts, pm: Client, sign_in: SignIn
) -> None:
    row = made.publish().contract
    url = f"/contracts/{row.pk}/edit"
    twice = pm.post(
        url, sent_as_shown(row, document(), **{"column-1-name": "id", "column-2-description": "Kept words"})
    )
    assert twice.status_code == 422
    assert "Two columns are called id" in twice.content.decode()
    assert "Kept words" in twice.content.decode()
    same = pm.post(url, sent_as_shown(row, document(), label="1.0.0", name="Other"))
    assert same.status_code == 409
    made.publish(compatible("1.0.5"))
    stale = pm.post(url, sent_as_shown(row, document()))
    assert stale.status_code == 412
    viewer = made.world.person("Vi")
    made.world.member(viewer, AccessRole.VIEWER)
    assert sign_in(viewer).get(url).status_code == 403
