"""Signing off on what was seen, and waivers that two people make."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests import make
from throughline.records.moves import SignOff, Waiver

CHECK = {
    "id": "spec.agreed",
    "sign_off": {"by": ["leader"], "covers": ["model"]},
    "asks": "Is the spec agreed?",
    "waivable_by": ["leader"],
}
GATE = "conception_to_prototype"


def model_with_check(world: make.World) -> make.MLModel:
    world.policy({GATE: [CHECK]})
    return world.model()


def test_a_leader_signs_what_they_saw(world: make.World, leader: Client) -> None:
    model = model_with_check(world)
    page = leader.get(f"/models/{model.pk}/sign-off?check=spec.agreed")
    assert page.context["evidence"] == ["the record of the model"]
    seen = page.context["form"]["seen"].value()
    sent = {"reason": "Read it with sales", "link": "https://example.org/minutes", "seen": seen}
    assert leader.post(f"/models/{model.pk}/sign-off?check=spec.agreed", sent).status_code == 302
    assert SignOff.objects.get().name == "Li"


def test_a_sign_off_is_told_by_its_question_not_by_the_id_of_its_check(
    world: make.World, leader: Client
) -> None:
    model = model_with_check(world)
    world.sign(model, "spec.agreed")
    told = leader.get(f"/models/{model.pk}?tab=history").content.decode()
    assert "Signed off “Is the spec agreed?”" in told
    assert "spec.agreed" not in told
    assert "Is the spec agreed?" in leader.get(f"/models/{model.pk}?tab=decisions").content.decode()


def test_what_changed_meanwhile_is_not_signed_and_the_words_stay(world: make.World, leader: Client) -> None:
    model = model_with_check(world)
    path = f"/models/{model.pk}/sign-off?check=spec.agreed"
    sent = {"reason": "Read it", "link": "https://example.org", "seen": "an older fingerprint"}
    answer = leader.post(path, sent)
    assert answer.status_code == 412
    assert b"Read it" in answer.content
    assert not SignOff.objects.exists()


def test_who_may_not_sign_sees_why_on_the_page(world: make.World, pm: Client) -> None:
    model = model_with_check(world)
    page = pm.get(f"/models/{model.pk}/sign-off?check=spec.agreed")
    assert "This is signed off by a leader (Li)" in page.context["why_not"]
    assert 'aria-disabled="true"' in page.content.decode()
    assert pm.get(f"/models/{model.pk}/sign-off?check=no.such").status_code == 404


def test_a_waiver_is_asked_by_one_granted_by_another_and_revoked(
    world: make.World, pm: Client, leader: Client
) -> None:
    model = model_with_check(world)
    until = (timezone.now() + timedelta(days=20)).date().isoformat()
    path = f"/models/{model.pk}/waiver?gate={GATE}&check=spec.agreed"
    assert b"Is the spec agreed?" in pm.get(path).content
    assert (
        pm.post(path, {"kind": "waived", "reason": "The lawyer is away", "until": until}).status_code == 302
    )
    waiver = Waiver.objects.get()
    assert "You asked for this waiver yourself" in pm.get(f"/waivers/{waiver.pk}").context["why_not"]
    assert pm.post(f"/waivers/{waiver.pk}/decide", {"answer": "grant", "reason": "ok"}).status_code == 409
    assert leader.post(f"/waivers/{waiver.pk}/decide", {"answer": "grant", "reason": ""}).status_code == 422
    assert (
        leader.post(f"/waivers/{waiver.pk}/decide", {"answer": "grant", "reason": "Until then"}).status_code
        == 302
    )
    assert leader.get(f"/models/{model.pk}").context["report"].is_open
    assert (
        leader.post(f"/waivers/{waiver.pk}/revoke", {"reason": "The contract fell through"}).status_code
        == 302
    )
    assert not leader.get(f"/models/{model.pk}").context["report"].is_open


def test_a_waiver_cannot_last_for_ever(world: make.World, pm: Client) -> None:
    model = model_with_check(world)
    until = (timezone.now() + timedelta(days=800)).date().isoformat()
    path = f"/models/{model.pk}/waiver?gate={GATE}&check=spec.agreed"
    answer = pm.post(path, {"kind": "waived", "reason": "Never mind", "until": until})
    assert answer.status_code == 422
    assert b"within a year" in answer.content
    assert b"Never mind" in answer.content


def test_a_file_is_signed_and_comes_back_as_a_download_only(
    world: make.World, leader: Client, settings: Any, tmp_path: Path, sign_in: object
) -> None:
    settings.ATTACHMENTS_DIR = tmp_path
    model = model_with_check(world)
    path = f"/models/{model.pk}/sign-off?check=spec.agreed"
    assert leader.post(path, {"reason": "Read it"}).status_code == 422
    file = SimpleUploadedFile("../minutes.html", b"<script>alert(1)</script>", "text/html")
    assert leader.post(path, {"reason": "Read it", "file": file}).status_code == 302
    kept = SignOff.objects.get().attachment
    assert kept is not None
    assert f"/attachments/{kept.pk}" in leader.get(f"/models/{model.pk}?tab=decisions").content.decode()
    answer = leader.get(f"/attachments/{kept.pk}")
    assert b"".join(answer.streaming_content) == b"<script>alert(1)</script>"  # type: ignore[attr-defined]
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == 'attachment; filename="minutes.html"'
    stranger = sign_in(world.person("Stranger"))  # type: ignore[operator]
    assert stranger.get(f"/attachments/{kept.pk}").status_code == 404


def test_a_refused_signature_leaves_no_file_behind(
    world: make.World, leader: Client, settings: Any, tmp_path: Path
) -> None:
    settings.ATTACHMENTS_DIR = tmp_path
    model = model_with_check(world)
    file = SimpleUploadedFile("minutes.txt", b"words")
    sent = {"reason": "Read it", "file": file, "seen": "an older fingerprint"}
    assert leader.post(f"/models/{model.pk}/sign-off?check=spec.agreed", sent).status_code == 412
    assert list(tmp_path.iterdir()) == []
