"""The GET call: five parameters, GSM texts of one part, its own sentences."""

from __future__ import annotations

import pytest

from chappe.dialects.cm import DIALECT
from dialects.cm_rig import JSON, NUMBER, TOKEN, UNKNOWN, XML, Cm, auto, document, node, token_of

USUAL = {
    "producttoken": TOKEN,
    "from": "Chappe",
    "to": NUMBER,
    "body": "Bonjour Lyon",
    "reference": "order0001",
}


@pytest.mark.row("001-021", "001-088", "001-010", "001-018", "001-006")
async def test_one_message_is_accepted_without_a_word() -> None:
    rig = Cm()
    assert await rig.told(**USUAL) == ""
    (stored,) = await rig.stored()
    message = stored.message
    assert (message.account, message.destination.value, message.source.value) == (
        "shop",
        "33612345678",
        "Chappe",
    )
    assert (message.text, message.reference) == ("Bonjour Lyon", "order0001")


@pytest.mark.row("001-010")
async def test_the_three_ways_make_one_message() -> None:
    rigs = Cm(), Cm(), Cm()
    assert await rigs[0].told(**USUAL) == ""
    assert await rigs[1].said(document(node("<REFERENCE>order0001</REFERENCE>", body="Bonjour Lyon"))) == ""
    await rigs[2].taken({**auto("Bonjour Lyon", reference="order0001")})
    made = [(await rig.stored())[0].message for rig in rigs]
    for name in (
        "source",
        "destination",
        "text",
        "charset",
        "data_coding",
        "reference",
        "expires_ms",
        "parts",
    ):
        assert len({getattr(message, name) for message in made}) == 1, name


@pytest.mark.row("001-012")
async def test_values_are_url_encoded() -> None:
    rig = Cm()
    text = "a&b=c+d %e#f?é€/§"
    assert await rig.told(**{**USUAL, "body": text, "to": "+33612345678", "reference": " order 1"}) == ""
    (stored,) = await rig.stored()
    assert (stored.message.text, stored.message.reference) == (text, "order 1")
    assert stored.message.destination.value == "33612345678"
    plus = await rig.ask(f"{XML}?producttoken={TOKEN}&from=A&to={NUMBER}&body=a+b%2Bc")
    assert (plus.status, plus.body) == (200, b"")
    assert (await rig.stored())[-1].message.text == "a b+c"


async def test_names_are_case_blind() -> None:
    rig = Cm()
    assert await rig.told(**{name.upper(): value for name, value in USUAL.items()}) == ""
    assert (await rig.stored())[0].message.text == "Bonjour Lyon"


@pytest.mark.row("001-024", "001-035", "001-021")
async def test_what_else_is_there_is_not_looked_at() -> None:
    rig = Cm()
    more = {
        "appkey": "11111111-2222-3333-4444-555555555555",
        "dcs": "8",
        "validity": "x",
        "customgrouping": "y",
    }
    more |= {"allowedchannels": "Push", "maximumnumberofmessageparts": "8"}
    assert await rig.told(**USUAL, **more) == ""
    (stored,) = await rig.stored()
    assert stored.message.data_coding == 0
    assert stored.message.extras is not None
    assert (stored.message.extras.app, stored.message.extras.channels) == ("", ())


@pytest.mark.row("001-089")
@pytest.mark.parametrize("token", [UNKNOWN, token_of("gone")])
async def test_a_token_of_no_account(token: str) -> None:
    said = await Cm().told(**{**USUAL, "producttoken": token})
    assert said == "Error: ERROR No account found for the given authentication"


@pytest.mark.row("001-092", "001-096")
@pytest.mark.parametrize("token", ["", "x", TOKEN[:-1], TOKEN.replace("-", "")])
async def test_no_token_or_none_that_is_a_guid(token: str) -> None:
    said = "Error: ERROR The parameter 'producttoken' contains an invalid value"
    assert await Cm().told(**{**USUAL, "producttoken": token}) == said
    assert await Cm().told(**{name: value for name, value in USUAL.items() if name != "producttoken"}) == said


@pytest.mark.row("001-093", "001-094", "001-095", "001-096", "001-025")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("from", "No sender name"),
        ("to", "The parameter 'to' contains an invalid value"),
        ("body", "The parameter 'body' is required"),
    ],
)
async def test_what_is_missing_or_empty(name: str, said: str) -> None:
    without = {key: value for key, value in USUAL.items() if key != name}
    assert await Cm().told(**without) == f"Error: ERROR {said}"
    assert await Cm().told(**{**USUAL, name: ""}) == f"Error: ERROR {said}"


@pytest.mark.row("001-094", "001-032", "001-096")
@pytest.mark.parametrize("number", ["abc", "0612345678", f"{NUMBER},{NUMBER}", "9" * 5_000])
async def test_what_is_no_number(number: str) -> None:
    said = await Cm().told(**{**USUAL, "to": number})
    assert said == "Error: ERROR The parameter 'to' contains an invalid value"


@pytest.mark.row("001-022")
async def test_no_more_than_one_part() -> None:
    rig = Cm()
    assert await rig.told(**{**USUAL, "body": "x" * 160}) == ""
    said = await rig.told(**{**USUAL, "body": "x" * 161})
    assert said == "Error: ERROR Maximum number of parts exceeded. (need at least 2, max is 1)"
    assert len(await rig.stored()) == 1


@pytest.mark.row("001-023")
@pytest.mark.parametrize("text", ["Привет", "x👋", "ç\u2019"])
async def test_no_unicode(text: str) -> None:
    rig = Cm()
    said = await rig.told(**{**USUAL, "body": text})
    assert said == "Error: ERROR The parameter 'body' contains an invalid value"
    assert await rig.stored() == []


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("from", "x" * 12, "The parameter 'from' contains an invalid value"),
        ("reference", "x" * 33, "A reference has at most 32 characters"),
    ],
)
async def test_what_else_is_wrong(name: str, value: str, said: str) -> None:
    assert await Cm().told(**{**USUAL, name: value}) == f"Error: ERROR {said}"


@pytest.mark.row("001-090")
async def test_a_trial_account_without_credit() -> None:
    said = await Cm().told(**{**USUAL, "producttoken": token_of("trial")})
    assert said == "Error: ERROR Insufficient balance."


@pytest.mark.row("001-091")
async def test_what_cannot_be_routed() -> None:
    assert await Cm().told(**{**USUAL, "to": "0085212345678"}) == "Error: ERROR Message is unrouteable."


@pytest.mark.row("001-087")
async def test_a_fault_of_ours_and_what_is_no_query() -> None:
    rig = Cm()

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    rig.store.accept = broken  # type: ignore[method-assign, assignment]
    assert await rig.told(**USUAL) == "Error: ERROR Unknown error"
    response = await Cm().ask(f"{XML}?producttoken={TOKEN}&body=%ff")
    assert (response.status, response.body) == (200, b"Error: ERROR Unknown error")


@pytest.mark.row("001-109", "001-016")
async def test_the_json_path_takes_no_get() -> None:
    response = await Cm().ask(f"{JSON}?producttoken={TOKEN}")
    assert (response.status, response.body) == (405, b"")


def test_the_token_is_kept_out_of_logs() -> None:
    assert "producttoken" in DIALECT.masked
