#!/usr/bin/env python3
"""Measures the tables of tunnel history over an archive of many tunnels: what an engineer waits for in the middle of an
incident. No other program answers these questions, so the goals are times; the count of tunnel rows by the same binary
says how fast the machine is.

The figure is wall time of the whole process, the least of --repeat runs with the files in the page cache, since another
program's load only ever adds.

    cargo build --release
    python3 benches/history.py

Disk: about 3 GB below --work.
"""

import argparse
import json
import pathlib
import tempfile

from run import START, Report, Run, machine

HERE = pathlib.Path(__file__).resolve().parent

QUESTIONS = [
    ("count of tunnel rows", "SELECT count(*) FROM tunnel_log WHERE operation = 'TunnelDisconnected'", None),
    ("failovers", "SELECT * FROM failovers", 0.1),
    ("tunnel_sessions", "SELECT * FROM tunnel_sessions", None),
    ("disconnects, with evidence", "SELECT * FROM disconnects", 1.0),
    ("ike_failures", "SELECT * FROM ike_failures", None),
    ("ike_negotiations", "SELECT * FROM ike_negotiations", None),
    ("availability by day", "SELECT * FROM availability", None),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=HERE.parent / "target/release/tunnelql", help="tunnelql to measure")
    parser.add_argument("--work", default=pathlib.Path(tempfile.gettempdir()) / "tunnelql-bench", help="scratch folder")
    parser.add_argument("--days", type=int, default=120, help="[%(default)s]")
    parser.add_argument("--gateways", type=int, default=8, help="[%(default)s]")
    parser.add_argument("--ike-rate", default="0.3", help="[%(default)s]")
    parser.add_argument("--seed", type=int, default=3, help="[%(default)s]")
    parser.add_argument("--repeat", type=int, default=7, help="runs of each question [%(default)s]")
    parser.add_argument("--results", default=HERE / "history.md", help="file for the table, as Markdown")
    args = parser.parse_args()
    work, tool = pathlib.Path(args.work).resolve(), str(pathlib.Path(args.binary).resolve())
    work.mkdir(parents=True, exist_ok=True)
    name = f"history-{args.days}d-{args.gateways}g-{args.ike_rate}-seed{args.seed}"
    export, archive = work / name, work / f"{name}.archive"
    if not archive.exists():
        if not export.exists():
            Run([tool, "simulate", "--days", str(args.days), "--gateways", str(args.gateways), "--ike-rate", args.ike_rate,
                 "--seed", str(args.seed), "--start", START, str(export)])
        Run([tool, "import", str(export), "--archive", str(archive)])
    truth = json.loads((work / f"{name}.truth.json").read_text())
    query = [tool, "query", "--data", str(archive), "--format", "csv", "--stats"]
    report = Report()
    rows = Run([*query, "-c", "SELECT count(*) FROM ike_log"]).rows()[0][0]
    report.add("Archive", f"{args.days} days, {len(truth['tunnels'])} tunnels, {len(truth['incidents']):,} interruptions, "
                          f"{int(rows):,} IKE rows")
    for what, sql, goal in QUESTIONS:
        # Nothing of the answer comes here, or a child would begin with our own memory.
        runs = [Run([*query, "-o", "/dev/null", "-c", sql]) for _ in range(args.repeat)]
        best = min(runs, key=lambda r: r.wall)
        met = None if goal is None else best.wall <= goal
        report.add(f"`{sql}`" if what.startswith("count") else what,
                   f"{1000 * best.wall:.0f} ms, {1000 * min(r.cpu for r in runs):.0f} ms of CPU, "
                   f"{best.stats()['rows']:,} rows, {max(r.rss for r in runs) >> 20} MiB",
                   f"under {1000 * goal:.0f} ms" if goal else "", met)
    text = f"## Tunnel history\n\n`python3 benches/history.py`; {machine()}. Wall time of the whole process.\n\n{report.table()}\n"
    pathlib.Path(args.results).write_text(text)


if __name__ == "__main__":
    main()
