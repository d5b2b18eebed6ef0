"""A short run of each of the fuzzers in tests/fuzz, and that they see what they should."""

from fuzz import smpp_pdus, smpp_receipts, smpp_sessions


def test_pdus() -> None:
    """N1, N2."""
    seen = smpp_pdus.run(1_500, 7)
    assert seen["read"] > 100
    assert {"0x03", "0xC0", "0xC2", "0x0A", "0x0B"} <= set(seen)


def test_sessions() -> None:
    """N3."""
    seen = smpp_sessions.run(150, 7)
    assert {"BindRequested", "Bound", "Request", "Answer", "Refused", "Unbound", "Unknown", "Closing"} <= set(
        seen
    )
    assert {"bad_body", "bad_state", "stray_response", "unknown_command", "not_offered", "bad_length"} <= set(
        seen
    )


def test_receipts() -> None:
    """N4."""
    seen = smpp_receipts.run(1_500, 7)
    assert min(seen.values()) > 100
    assert len(seen) == 2
