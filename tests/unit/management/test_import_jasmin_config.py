"""jasmin.cfg as lines of chappe.toml."""

import tomllib

from chappe.management.import_jasmin_config import config_lines
from unit.management.test_import_jasmin import console


def test_what_has_a_counterpart_is_toml_and_the_rest_is_told() -> None:
    lines, told = config_lines(console("jasmin.cfg").config)
    assert tomllib.loads("\n".join(lines)) == {
        "http": {"listen": ["0.0.0.0:1401"]},
        "smpp": {"listen": ["0.0.0.0:2775"], "system_id": "smpps_01", "enquire_link_seconds": 30},
        "webhooks": {"total_seconds": 30},
    }
    assert [line.partition(" =")[0] for line in told] == [
        "[http-api] long_content_max_parts",
        "[smpp-server] dlr_pdu",
        "[dlr-thrower] max_retries",
    ]


def test_addresses_and_defaults() -> None:
    lines, _ = config_lines({"http-api": {"bind": "::1"}, "smpp-server": {"port": "2776"}})
    assert lines == ["[http]", 'listen = ["[::1]:1401"]', "[smpp]", 'listen = [":2776"]']
    assert config_lines({}) == ([], [])
