"""The three ways in which a request ends, and what each carries."""

from throughline.core.errors import Missing, NotAllowed, Reason, Refused


def test_a_refusal_carries_its_reasons_and_reads_as_a_sentence() -> None:
    refused = Refused.of("It is late.", "It is dark.", remedy="Wait.")
    assert refused.reasons == (Reason("It is late.", remedy="Wait."), Reason("It is dark.", remedy="Wait."))
    assert str(refused) == "It is late. Wait.; It is dark. Wait."
    assert (refused.kind, refused.current) == ("refused", None)


def test_bad_input_names_its_field() -> None:
    refused = Refused.field("name", "This is empty.", "Fill it in.")
    assert refused.kind == "invalid"
    assert refused.reasons[0].field == "name"


def test_a_stale_write_carries_what_is_there_now() -> None:
    assert Refused((), kind="stale", current={"version": 3}).current == {"version": 3}


def test_missing_does_not_tell_whether_it_exists() -> None:
    assert str(Missing("model")) == "There is no such model, or you may not see it."
    assert NotAllowed("Only deciders may.").text == "Only deciders may."
