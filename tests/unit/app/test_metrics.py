"""The figures and their Prometheus text."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from chappe.app.metrics import Figures, exposition, spellings


def families(figures: Figures) -> dict[str, list[tuple[dict[str, str], float]]]:
    text = exposition(figures, lambda: None)().decode()
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def test_counters_add_up_by_their_labels() -> None:
    figures = Figures()
    figures.count("accepted", "jasmin", 2)
    figures.count("accepted", "jasmin")
    figures.count("accepted", "smpp")
    figures.count("refused", "jasmin:no_route")
    figures.count("expired", by=3)
    figures.count("something_new", "a")
    found = families(figures)
    assert found["chappe_accepted_total"] == [({"dialect": "jasmin"}, 3), ({"dialect": "smpp"}, 1)]
    assert found["chappe_refused_total"] == [({"dialect": "jasmin", "reason": "no_route"}, 1)]
    assert found["chappe_expired_total"] == [({"connector": ""}, 3)]
    assert found["chappe_something_new_total"] == [({"label": "a"}, 1)]


def test_gauges_are_refreshed_before_they_are_shown() -> None:
    figures = Figures()
    text = exposition(figures, lambda: figures.gauge("queued", 7, "op"))().decode()
    assert 'chappe_queued{name="op"} 7.0' in text


def test_histograms_are_cumulative() -> None:
    figures = Figures()
    for seconds in (0.0005, 0.001, 0.3, 99.0):
        figures.observe("webhook_seconds", seconds)
    found = families(figures)
    buckets = {labels["le"]: value for labels, value in found["chappe_webhook_seconds_bucket"]}
    assert (buckets["0.001"], buckets["0.5"], buckets["30.0"], buckets["+Inf"]) == (2, 3, 3, 4)
    assert found["chappe_webhook_seconds_count"] == [({}, 4)]
    assert found["chappe_webhook_seconds_sum"][0][1] == 99.3015


def test_the_learner_proposes_the_spellings_that_matched_commonest_first() -> None:
    figures = Figures()
    figures.count("receipts", "op:same", 2)
    figures.count("receipts", "op:hex", 40)
    figures.count("receipts", "op:prefix", 50)
    figures.count("receipts_unmatched", "op", 3)
    figures.count("receipts", "spare:same", 1)
    figures.count("accepted", "jasmin", 9)
    assert spellings(figures) == {
        "op": {
            "matched": {"hex": 40, "prefix": 50, "same": 2},
            "unmatched": 3,
            "receipt_ids": ["hex", "same"],
        },
        "spare": {"matched": {"same": 1}, "unmatched": 0, "receipt_ids": ["same"]},
    }
