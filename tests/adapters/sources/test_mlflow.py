"""Reading MLflow: from replies recorded from a real server, from bad ones, and from a real server itself."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.listener import Listener, reply_with
from tests.mlflow_server import MLflowServer, Registered
from tests.shared_data import shared_file
from throughline.adapters.base import NotThere, Observation, SourceFailed
from throughline.adapters.http import Caller, Caps
from throughline.adapters.sources.mlflow import MLflow, MLflowSettings
from throughline.adapters.sources.mlflow.rest import Registry
from throughline.core.evidence import EvidenceKind, Outcome

Answers = dict[str, object]


def source_at(listener: Listener, **settings: str) -> MLflow:
    caller = Caller(allowed=[listener.host_port], caps=Caps(seconds=5, attempts=1, bytes=1_000_000))
    return MLflow(MLflowSettings(base_url=f"http://{listener.host_port}", **settings), caller)


def registry_at(listener: Listener) -> Registry:
    caller = Caller(allowed=[listener.host_port], caps=Caps(seconds=5, attempts=1))
    return Registry(MLflowSettings(base_url=f"http://{listener.host_port}/"), caller)


def answer_by_path(listener: Listener, answers: Callable[[str, dict[str, list[str]]], bytes | None]) -> None:
    """Answers each request by its path below the API and its query; None is MLflow's 404."""

    def answer(connection: object) -> None:
        asked = urlsplit(listener.requests[-1].split()[1])
        body = answers(asked.path.removeprefix("/api/2.0/mlflow/"), parse_qs(asked.query))
        if body is None:
            missing = b'{"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "not found"}'
            reply_with(missing, status="404 Not Found")(connection)  # type: ignore[arg-type]
        else:
            reply_with(body)(connection)  # type: ignore[arg-type]

    listener.answer = answer


def recorded(name: str) -> bytes:
    return shared_file("livesite", "mlflow", "rest", name).read_bytes()


def by_key(observations: tuple[Observation, ...]) -> dict[str, Observation]:
    made = {one.key: one for one in observations}
    assert len(made) == len(observations)
    return made


class TestRecordedReplies:
    @pytest.fixture
    def source(self, listener: Listener) -> MLflow:
        runs = json.loads(recorded("runs_search.json"))["runs"]
        by_id = {run["info"]["run_id"]: json.dumps({"run": run}).encode() for run in runs}

        def answers(path: str, query: dict[str, list[str]]) -> bytes | None:
            match path:
                case "registered-models/search":
                    return recorded("registered-models_search.json")
                case "registered-models/get" if query["name"] == ["churn_scorer"]:
                    return recorded("registered-models_get_churn.json")
                case "model-versions/get" if query == {"name": ["churn_scorer"], "version": ["2"]}:
                    return recorded("model-versions_get.json")
                case "runs/get":
                    return by_id.get(query["run_id"][0])
            return None

        answer_by_path(listener, answers)
        return source_at(listener)

    def test_the_registered_models_are_listed(self, source: MLflow) -> None:
        churn, fraud = source.remote_models()
        assert (churn.name, churn.latest_version, churn.aliases) == ("churn_scorer", "2", ("champion",))
        assert churn.tags["sla"] == "daily 06:00 UTC"
        assert (fraud.name, fraud.description) == ("fraud_scorer", "hourly fraud scores")

    @pytest.mark.parametrize("alias", ["", "champion"])
    def test_a_version_is_told_with_its_metrics_and_its_data(self, source: MLflow, alias: str) -> None:
        found = by_key(source.observations("churn_scorer", alias))
        auc = found["metric.val_auc"]
        assert auc.value == 0.990146750524109
        assert auc.kind is EvidenceKind.MEASURED
        assert auc.subject == "churn_scorer version 2"
        assert auc.source_ref == "run:72d8c4cf041a4dbfa84e7cc7473e5868/metric:val_auc"
        assert auc.fingerprint
        assert auc.observed_at is not None
        assert auc.link.endswith("/#/models/churn_scorer/versions/2")
        assert found["run.finished"].outcome is Outcome.PASSED
        assert found["run.datasets_named"].fingerprint == auc.fingerprint
        assert found["registry.version"].value == 2
        assert found["registry.version"].detail["aliases"] == ["champion"]
        assert found["tag.approval"].detail["text"] == "approved"

    def test_reading_twice_tells_the_same(self, source: MLflow) -> None:
        assert source.observations("churn_scorer") == source.observations("churn_scorer")

    def test_what_is_not_there_is_said_by_name(self, source: MLflow) -> None:
        with pytest.raises(NotThere, match="The registered model nope is not in MLflow"):
            source.observations("nope")
        with pytest.raises(NotThere, match="The alias challenger of churn_scorer is not in MLflow"):
            source.observations("churn_scorer", "challenger")

    def test_a_failed_run_is_a_failure(self, listener: Listener, source: MLflow) -> None:
        names = {"runs/get": "runs_get_failed.json", "model-versions/get": "model-versions_get.json"}
        answer_by_path(
            listener, lambda path, query: recorded(names.get(path, "registered-models_get_churn.json"))
        )
        found = by_key(source.observations("churn_scorer"))
        assert found["run.finished"].outcome is Outcome.FAILED
        assert found["run.datasets_named"].outcome is Outcome.UNKNOWN
        assert not [key for key in found if key.startswith("metric.")]


def version_with(metrics: list[Answers], **run: object) -> Callable[[str, dict[str, list[str]]], bytes]:
    def answers(path: str, query: dict[str, list[str]]) -> bytes:
        if path == "runs/get":
            return json.dumps({"run": {"data": {"metrics": metrics}, **run}}).encode()
        version = {"name": query["name"][0], "version": "1", "run_id": "r1", "status": "READY"}
        if path == "model-versions/get":
            return json.dumps({"model_version": version}).encode()
        return json.dumps({"registered_model": {"latest_versions": [version]}}).encode()

    return answers


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", None, True, "many", [1]])
def test_a_metric_that_is_no_number_is_unknown_and_says_so(listener: Listener, value: object) -> None:
    answer_by_path(listener, version_with([{"key": "val_auc", "value": value, "timestamp": 1795439599537}]))
    found = by_key(source_at(listener).observations("m"))["metric.val_auc"]
    assert found.value is None
    assert found.outcome is Outcome.UNKNOWN
    assert "not as a number" in found.summary


@pytest.mark.parametrize(
    ("beside", "expected"),
    [
        (
            {"auc_ci_low": 0.8, "auc_ci_high": 0.9},
            {"kind": "interval", "low": 0.8, "high": 0.9, "level": 0.95},
        ),
        (
            {"auc_ci_low": 0.8, "auc_ci_high": 0.9, "auc_ci_level": 0.9, "auc_se": 0.1},
            {"kind": "interval", "low": 0.8, "high": 0.9, "level": 0.9},
        ),
        ({"auc_se": "0.01", "auc_n": 10}, {"kind": "standard_error", "se": 0.01}),
        ({"auc_n": 1000}, {"kind": "counts", "k": 870, "n": 1000}),
        ({"auc_n": 40, "auc_variance": 0.2}, {"kind": "moments", "n": 40, "mean": 0.87, "variance": 0.2}),
        ({"auc_n": 333}, None),
        ({"auc_n": 10.5}, None),
        ({"auc_n": 1e300}, None),
        ({"auc_n": "NaN"}, None),
        ({"auc_se": -1}, None),
        ({"auc_ci_low": 0.9, "auc_ci_high": 0.8}, None),
        ({"auc_ci_low": 0.9, "auc_ci_high": 0.95}, None),
        ({"other_n": 1000}, None),
        ({}, None),
    ],
)
@pytest.mark.parametrize("as_tags", [False, True])
def test_what_is_logged_beside_a_metric_says_how_sure_it_is(
    listener: Listener, beside: dict[str, Any], expected: dict[str, Any] | None, as_tags: bool
) -> None:
    more = [{"key": key, "value": value} for key, value in beside.items()]
    metrics = [{"key": "auc", "value": 0.87, "timestamp": 1795439599537}, *([] if as_tags else more)]

    def answers(path: str, query: dict[str, list[str]]) -> bytes:
        told = json.loads(version_with(metrics)(path, query))
        if path == "runs/get" and as_tags:
            told["run"]["data"]["tags"] = [{**one, "value": str(one["value"])} for one in more]
        return json.dumps(told).encode()

    answer_by_path(listener, answers)
    found = by_key(source_at(listener).observations("m"))["metric.auc"]
    assert found.detail.get("uncertainty") == expected
    assert found.value == 0.87


def test_a_slice_is_told_by_a_tag(listener: Listener) -> None:
    def answers(path: str, query: dict[str, list[str]]) -> bytes:
        told = json.loads(version_with([{"key": "auc", "value": 0.87}])(path, query))
        if path == "model-versions/get":
            told["model_version"]["tags"] = [{"key": "auc_slice", "value": "EU"}]
        return json.dumps(told).encode()

    answer_by_path(listener, answers)
    assert by_key(source_at(listener).observations("m"))["metric.auc"].detail["slice"] == "EU"


def test_numbers_as_text_are_numbers(listener: Listener) -> None:
    answer_by_path(
        listener, version_with([{"key": "auc", "value": "0.75", "timestamp": "1795439599537", "step": "3"}])
    )
    found = by_key(source_at(listener).observations("m"))["metric.auc"]
    assert (found.value, found.detail["step"]) == (0.75, 3.0)
    assert found.observed_at is not None


@pytest.mark.parametrize(
    "name", ["a/b c", "it's", 'say "x"', "ünïcode Ω", "a&alias=x", "100%", "#1", "a+b", "../x", "😀", "a=b;c"]
)
def test_names_with_odd_characters_arrive_as_they_are(listener: Listener, name: str) -> None:
    asked: list[str] = []

    def answers(path: str, query: dict[str, list[str]]) -> bytes:
        asked.extend(query.get("name", []))
        return version_with([])(path, query)

    answer_by_path(listener, answers)
    found = source_at(listener).observations(name)
    assert asked == [name, name]
    assert found[0].subject == f"{name} version 1"


def test_every_page_is_read(listener: Listener) -> None:
    def answers(path: str, query: dict[str, list[str]]) -> bytes:
        page = int(query.get("page_token", ["0"])[0])
        following = {"next_page_token": str(page + 1)} if page < 4 else {}
        models = [{"name": f"m{page}-{number}"} for number in range(3)]
        return json.dumps({"registered_models": models, **following}).encode()

    answer_by_path(listener, answers)
    names = [model.name for model in source_at(listener).remote_models()]
    assert names == [f"m{page}-{number}" for page in range(5) for number in range(3)]


def test_a_page_token_that_leads_nowhere_ends_the_reading(listener: Listener) -> None:
    answer_by_path(
        listener, lambda path, query: b'{"registered_models": [{"name": "m"}], "next_page_token": "same"}'
    )
    assert len(list(source_at(listener).remote_models())) == 2


def test_an_empty_registry_is_empty(listener: Listener) -> None:
    answer_by_path(listener, lambda path, query: b"{}")
    assert list(source_at(listener).remote_models()) == []


def test_versions_are_listed_by_exact_name(listener: Listener) -> None:
    asked: list[str] = []

    def answers(path: str, query: dict[str, list[str]]) -> bytes:
        asked.extend(query["filter"])
        return b'{"model_versions": [{"name": "it\'s", "version": "1"}, {"name": "other", "version": "9"}]}'

    answer_by_path(listener, answers)
    assert [one["version"] for one in registry_at(listener).versions("it's")] == ["1"]
    assert asked == ['name="it\'s"']
    with pytest.raises(SourceFailed, match="both kinds of quotes"):
        list(registry_at(listener).versions('it\'s "it"'))


def test_a_server_that_names_no_latest_version_is_asked_for_all(listener: Listener) -> None:
    def answers(path: str, query: dict[str, list[str]]) -> bytes:
        if path == "registered-models/get":
            return b'{"registered_model": {"name": "m"}}'
        if path == "model-versions/search":
            return b'{"model_versions": [{"name": "m", "version": "9"}, {"name": "m", "version": "10"}]}'
        return json.dumps({"model_version": {"name": "m", "version": query["version"][0]}}).encode()

    answer_by_path(listener, answers)
    assert source_at(listener).observations("m")[0].subject == "m version 10"


def test_a_registered_model_without_versions_is_said(listener: Listener) -> None:
    answer_by_path(
        listener,
        lambda path, query: (
            b"{}" if path == "model-versions/search" else b'{"registered_model": {"name": "m"}}'
        ),
    )
    with pytest.raises(SourceFailed, match="has no version yet"):
        source_at(listener).observations("m")


def test_a_version_whose_run_is_gone_is_told_all_the_same(listener: Listener) -> None:
    def answers(path: str, query: dict[str, list[str]]) -> bytes | None:
        return None if path == "runs/get" else version_with([])(path, query)

    answer_by_path(listener, answers)
    found = by_key(source_at(listener).observations("m"))
    assert found["run.finished"].outcome is Outcome.UNKNOWN
    assert found["registry.version"].outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("status", "body", "words", "is_permanent"),
    [
        ("401 Unauthorized", b"You are not authenticated.", "did not accept the credentials", True),
        ("403 Forbidden", b"Permission denied", "may not read the registry", True),
        ("500 Internal Server Error", b"oops", "in trouble.*500", False),
        ("502 Bad Gateway", b"<html>", "in trouble.*502", False),
        ("429 Too Many Requests", b"", "in trouble.*429", False),
        ("400 Bad Request", b'{"error_code": "INVALID_PARAMETER_VALUE"}', "INVALID_PARAMETER_VALUE", True),
        ("400 Bad Request", b'{"error_code": "<script>"}', "no reason given", True),
        ("404 Not Found", b"<h1>Not Found</h1>", "no MLflow interface", True),
        ("404 Not Found", b'{"detail": "Not Found"}', "no MLflow interface", True),
        ("200 OK", b"<!doctype html><title>Sign in</title>", "no MLflow interface", True),
        ("200 OK", b"", "not understood", True),
        ("200 OK", b"[]", "not understood", True),
        ("200 OK", b'{"registered_models": [', "not understood", True),
        ("200 OK", b'{"x": ' + b"9" * 2_000_000 + b"}", "larger than 1,000,000 bytes", True),
    ],
)
def test_a_bad_answer_is_a_failure_in_words(
    listener: Listener, status: str, body: bytes, words: str, is_permanent: bool
) -> None:
    listener.answer = reply_with(body, status=status, content_type="text/plain")
    with pytest.raises(SourceFailed, match=words) as failure:
        source_at(listener, token="t0p-secret").test_connection()
    assert failure.value.permanent is is_permanent
    assert "t0p-secret" not in str(failure.value)
    assert "authenticated" not in str(failure.value)


@pytest.mark.parametrize(
    "body",
    [b'{"registered_model": 1}', b'{"registered_model": {"latest_versions": [1, "x"]}}', b'{"other": {}}'],
)
def test_an_answer_of_another_shape_is_a_failure(listener: Listener, body: bytes) -> None:
    listener.answer = reply_with(body)
    with pytest.raises(SourceFailed):
        source_at(listener).observations("m")


def test_a_token_or_a_password_is_sent(listener: Listener) -> None:
    listener.answer = reply_with(b"{}")
    source_at(listener, token="abc").test_connection()
    source_at(listener, username="ana", password="pässword").test_connection()
    source_at(listener).test_connection()
    assert "Authorization: Bearer abc\r\n" in listener.requests[0]
    assert "Authorization: Basic YW5hOnDDpHNzd29yZA==\r\n" in listener.requests[1]
    assert "Authorization" not in listener.requests[2]


@pytest.mark.mlflow
class TestARealServer:
    @pytest.fixture
    def source(self, mlflow_server: MLflowServer) -> MLflow:
        return MLflow(MLflowSettings(base_url=mlflow_server.url), Caller(allowed=[mlflow_server.host_port]))

    def test_it_is_reached(self, source: MLflow) -> None:
        reached = source.test_connection()
        assert reached.status == 200
        assert reached.seconds > 0

    def test_the_trained_model_is_listed(self, source: MLflow, registered_model: Registered) -> None:
        listed = {model.name: model for model in source.remote_models()}[registered_model.name]
        assert listed.latest_version == "2"
        assert set(listed.aliases) == {"champion", "challenger"}
        assert listed.tags == {"program": "customer"}

    @pytest.mark.parametrize(("alias", "version"), [("champion", 2), ("challenger", 1), ("", 2)])
    def test_what_was_logged_is_told(
        self, source: MLflow, registered_model: Registered, alias: str, version: int
    ) -> None:
        found = by_key(source.observations(registered_model.name, alias))
        auc = found["metric.val_auc"]
        assert auc.value == pytest.approx(registered_model.aucs[version - 1], abs=1e-12)
        assert auc.fingerprint == registered_model.digests[version - 1]
        assert auc.source_ref == f"run:{registered_model.run_ids[version - 1]}/metric:val_auc"
        assert auc.subject == f"{registered_model.name} version {version}"
        assert found["metric.val_lift"].value is None
        assert found["metric.val_lift"].outcome is Outcome.UNKNOWN
        assert found["run.finished"].outcome is Outcome.PASSED
        assert found["run.code_named"].fingerprint.startswith("9f3c2b1")
        assert found["tag.approval"].detail["text"] == ("approved" if version == 2 else "pending")

    def test_versions_are_paged(self, mlflow_server: MLflowServer, registered_model: Registered) -> None:
        registry = Registry(
            MLflowSettings(base_url=mlflow_server.url), Caller(allowed=[mlflow_server.host_port])
        )
        assert {one["version"] for one in registry.versions(registered_model.name, page=1)} == {"1", "2"}
        assert registry.version(registered_model.name, "1")["version"] == "1"

    def test_what_is_missing_is_said_by_name(self, source: MLflow, registered_model: Registered) -> None:
        with pytest.raises(NotThere, match="no-such-model"):
            source.observations("no-such-model")
        with pytest.raises(NotThere, match="no-such-alias"):
            source.observations(registered_model.name, "no-such-alias")

    def test_a_page_of_it_is_no_interface(self, mlflow_server: MLflowServer) -> None:
        settings = MLflowSettings(base_url=f"{mlflow_server.url}/static-files")
        with pytest.raises(SourceFailed, match="no MLflow interface"):
            MLflow(settings, Caller(allowed=[mlflow_server.host_port])).test_connection()
