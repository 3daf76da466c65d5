"""Settings: where a value comes from, what is refused, and what the refusal says."""

from pathlib import Path

import pytest

from throughline.project import config
from throughline.project.config import ConfigError
from throughline.project.parsing import Database, LogFormat


def problems(**given: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        config.load({f"THROUGHLINE_{name}": value for name, value in given.items()})
    return caught.value.problems


def load(**given: str) -> config.Config:
    return config.load({f"THROUGHLINE_{name}": value for name, value in given.items()})


@pytest.mark.parametrize(
    ("bind", "url"),
    [
        ("127.0.0.1:8210", "http://127.0.0.1:8210"),
        ("0.0.0.0:8000", "http://127.0.0.1:8000"),
        ("[::1]:8210", "http://[::1]:8210"),
        ("[::]:8210", "http://[::1]:8210"),
    ],
)
def test_links_lead_to_where_the_server_listens(bind: str, url: str):
    assert load(BIND=bind).base_url == url


def test_an_address_that_was_given_is_kept():
    assert load(BIND="127.0.0.1:8210", BASE_URL="https://example.org").base_url == "https://example.org"
    assert problems(BIND="nowhere")[0].startswith("THROUGHLINE_BIND is")


def test_nothing_set_gives_a_private_installation_on_sqlite():
    found = load()

    assert found.bind == ("127.0.0.1", 8000)
    assert found.base_url == "http://127.0.0.1:8000"
    assert found.database == Database("sqlite", str(Path("var").absolute() / "throughline.sqlite3"))
    assert not found.uses_https


def test_every_setting_has_a_meaning_that_is_a_sentence():
    for name, row in config.declarations().items():
        assert row.meaning.endswith("."), name
        assert row.meaning[0].isupper() or row.meaning.startswith(("sqlite", "smtp", "json", "debug")), name


def test_every_default_can_be_parsed():
    for name, row in config.declarations().items():
        row.parse(row.default)
        assert name.startswith("THROUGHLINE_")


def test_a_secret_can_come_from_a_file(tmp_path: Path):
    file = tmp_path / "token"
    file.write_text("s3cret-of-the-metrics\n")

    assert load(METRICS_TOKEN_FILE=str(file)).metrics_token == "s3cret-of-the-metrics"


def test_a_secret_file_that_is_missing_stops_the_start():
    assert problems(METRICS_TOKEN_FILE="/nowhere/token") == [
        "THROUGHLINE_METRICS_TOKEN_FILE names '/nowhere/token', which cannot be read: No such file or directory."
    ]


def test_a_secret_given_twice_stops_the_start(tmp_path: Path):
    file = tmp_path / "token"
    file.write_text("one")

    assert problems(METRICS_TOKEN_FILE=str(file), METRICS_TOKEN="two") == [
        "THROUGHLINE_METRICS_TOKEN and THROUGHLINE_METRICS_TOKEN_FILE are both set: keep one of them."
    ]


def test_what_is_no_secret_is_not_read_from_a_file(tmp_path: Path):
    file = tmp_path / "workers"
    file.write_text("7")

    assert load(WORKERS_FILE=str(file)).workers == 2
    assert config.unknown_names({"THROUGHLINE_WORKERS_FILE": "x"}) != []


@pytest.mark.parametrize(
    ("name", "value", "rest"),
    [
        ("WORKERS", "0", "it must be a whole number from 1 to 64."),
        ("WORKERS", "two", "it must be a whole number from 1 to 64."),
        ("WORKERS", "٣", "it must be a whole number from 1 to 64."),
        (
            "BASE_URL",
            "example.org",
            "it must be an address such as https://throughline.example.org, without a path.",
        ),
        ("BASE_URL", "https://example.org/app", "without a path."),
        ("BASE_URL", "https://u:p@example.org", "without a path."),
        ("BIND", "8000", "it must be an address and a port such as 127.0.0.1:8000."),
        ("BIND", "127.0.0.1:99999", "it must be an address and a port"),
        ("TIME_ZONE", "Mars/Base", "it must be a time zone such as UTC or Europe/Berlin."),
        ("LOG_FORMAT", "xml", "it must be json or text."),
        ("LOG_LEVEL", "loud", "it must be debug, info, warning or error."),
        ("DATABASE_URL", "mysql://x/y", "it must be sqlite:///path/to/file.sqlite3 or postgres://"),
        ("DATABASE_URL", "postgres://host:port/name", "it must be sqlite:///"),
        ("ALLOW_HOSTS", "mlflow.internal", "'mlflow.internal', which is not host:port"),
        ("OIDC_ISSUER", "http://idp.example.org", "it must be an https:// address."),
        ("OIDC_ALLOWED_DOMAINS", "exa mple", "which is not a mail domain"),
        ("EMAIL_URL", "imap://x", "it must be smtp://"),
        ("SECRET_KEY", "short", "it must have at least 32 characters."),
    ],
)
def test_a_wrong_value_is_named_with_what_it_should_be(name: str, value: str, rest: str):
    (sentence,) = problems(**{name: value})

    assert sentence.startswith(f"THROUGHLINE_{name} is ")
    assert "(from environment)" in sentence
    assert rest in sentence


def test_all_wrong_values_are_named_at_once():
    assert len(problems(WORKERS="0", THREADS="0", LOG_FORMAT="xml")) == 3


def test_a_wrong_secret_is_not_repeated_in_the_message():
    (sentence,) = problems(SECRET_KEY="too-short-secret")

    assert "too-short-secret" not in sentence


def test_a_provider_without_its_client_is_refused():
    (sentence,) = problems(OIDC_ISSUER="https://idp.example.org")

    assert "THROUGHLINE_OIDC_CLIENT_ID" in sentence


def test_postgres_with_a_password_full_of_signs():
    found = load(DATABASE_URL="postgresql://app:p%40ss%2F@db.example.org:6432/through?sslmode=require")

    assert found.database == Database(
        "postgresql", "through", "db.example.org", "6432", "app", "p@ss/", (("sslmode", "require"),)
    )


def test_sqlite_takes_relative_and_absolute_paths():
    assert load(DATABASE_URL="sqlite:///x.sqlite3").database.name == str(Path("x.sqlite3").absolute())
    assert load(DATABASE_URL="sqlite:////data/x.sqlite3").database.name == "/data/x.sqlite3"


def test_a_mail_server_with_its_usual_port():
    found = load(EMAIL_URL="smtp+starttls://robot:pw@mail.example.org").email_url

    assert found is not None
    assert (found.host, found.port, found.uses_starttls, found.uses_tls) == (
        "mail.example.org",
        587,
        True,
        False,
    )


def test_exact_hosts_are_read_from_commas_and_blanks():
    assert load(ALLOW_HOSTS="A.internal:80, [::1]:5000").allow_hosts == {"a.internal:80", "[::1]:5000"}
    assert load(LOG_FORMAT="text").log_format is LogFormat.TEXT


def test_a_misspelt_name_brings_the_nearest():
    (sentence,) = config.unknown_names({"THROUGHLINE_DATABSE_URL": "x"})

    assert sentence.startswith("THROUGHLINE_DATABSE_URL is not a setting of Throughline")
    assert sentence.endswith("Did you mean THROUGHLINE_DATABASE_URL?")


def test_names_of_the_client_and_of_others_are_left_alone():
    others = {
        "THROUGHLINE_TOKEN": "t",
        "THROUGHLINE_SERVER": "s",
        "THROUGHLINE_TEST_ANY": "x",
        "PATH": "/bin",
    }

    assert config.unknown_names(others) == []
    assert config.unknown_names({"THROUGHLINE_SECRET_KEY_FILE": "/run/key"}) == []


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("DATABASE_URL", "postgres://app:hush@db/name", "postgres://app:********@db/name"),
        ("DATABASE_URL", "sqlite:///x.sqlite3", "sqlite:///x.sqlite3"),
        ("SECRET_KEY", "k" * 40, "********"),
        ("METRICS_TOKEN", "", ""),
        ("BASE_URL", "https://example.org", "https://example.org"),
    ],
)
def test_secrets_are_masked_and_the_rest_is_shown(name: str, value: str, shown: str):
    found = {row.name: row for row in config.find({f"THROUGHLINE_{name}": value})}

    assert found[f"THROUGHLINE_{name}"].shown == shown
