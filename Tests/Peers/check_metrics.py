#!/usr/bin/env python3
"""Reads a charger's metrics twice with Prometheus' own client: python3 check_metrics.py URL [SECONDS].

Every family has help and a type, every unit is its name's end, no sample stands twice, and no counter falls between the two looks.
Prints the number of samples. Needs prometheus_client. Exits 1 with the reason."""

import sys
import time
import urllib.request

from prometheus_client.openmetrics.parser import text_string_to_metric_families


def look(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        kind = answer.headers["Content-Type"]
        if not kind.startswith("application/openmetrics-text; version=1.0.0"):
            sys.exit(f"content type {kind}")
        text = answer.read().decode()
    samples = {}
    for family in text_string_to_metric_families(text):
        if not family.documentation or family.type == "unknown":
            sys.exit(f"{family.name}: no help or no type")
        if family.unit and not family.name.endswith(f"_{family.unit}"):
            sys.exit(f"{family.name}: unit {family.unit}")
        if not family.name.startswith("wattseal_"):
            sys.exit(f"{family.name}: a name of somebody else")
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            if key in samples:
                sys.exit(f"{key} stands twice")
            samples[key] = (family.type, sample.value)
    return samples


def main():
    url = sys.argv[1]
    first = look(url)
    time.sleep(float(sys.argv[2]) if len(sys.argv) > 2 else 2)
    second = look(url)
    for key, (kind, value) in first.items():
        if kind in ("counter", "histogram"):
            if key not in second or second[key][1] < value:
                sys.exit(f"{key} fell from {value} to {second.get(key)}")
    needed = ["wattseal_connector_pilot_state", "wattseal_meter_power_watts", "wattseal_meter_import_joules_total",
              "wattseal_records_total", "wattseal_ledger_height", "wattseal_control_lateness_seconds_bucket"]
    for name in needed:
        if not any(key[0] == name for key in second):
            sys.exit(f"no {name}")
    print(len(second))


main()
