#!/usr/bin/env python3
"""Measures KQL beside SQL in tunnelql: the same question in both languages, over the same archive.

  microsoft 1-5   the published queries of sample_data/queries and their SQL twins
  peers           counts by peer and status of the tunnel log
  day             one day's IKE messages by direction
  text            messages with a phrase in them
  join            disconnects beside the connect before, by a join
  series          messages by hour as a series

The figure is CPU time, user and system of all threads, the least of --repeat runs, which take turns. Both are asked with
--stats: they must read the same files, and their answers have the same number of rows. Starting the process is part of
each figure; what SELECT 1 takes is measured and subtracted from both.

    cargo build --release
    python3 benches/kql.py --binary target/release/tunnelql

Disk: about a third of --size below --work. The data depends on --size, --days, --gateways and --seed alone and is made once
for each of their values.
"""

import argparse
import json
import pathlib
import sys
import tempfile

from run import START, Run, machine

HERE = pathlib.Path(__file__).resolve().parent
QUERIES = HERE.parent / "sample_data" / "queries"
GOAL = 1.10

QUESTIONS = {
    "peers": (
        "TunnelDiagnosticLog | summarize n = count() by remoteIP_s, status_s",
        "SELECT remoteIP_s, status_s, count(*) AS n FROM TunnelDiagnosticLog GROUP BY 1, 2",
    ),
    "day": (
        "ike_log | where ['time'] >= datetime($DAY) and ['time'] < datetime($NEXT) | summarize n = count() by direction",
        "SELECT direction, count(*) AS n FROM ike_log WHERE time >= '$DAY' AND time < '$NEXT' GROUP BY 1",
    ),
    "text": (
        "AzureDiagnostics | where Category == 'IKEDiagnosticLog' | where Message contains 'policy match error' | count",
        "SELECT count(*) FROM AzureDiagnostics WHERE Category = 'IKEDiagnosticLog' AND Message ILIKE '%policy match error%'",
    ),
    "join": (
        "let down = tunnel_log | where status == 'Disconnected' | summarize drops = count() by remote_ip;"
        " tunnel_log | where status == 'Connected' | summarize ups = count() by remote_ip"
        " | join kind=inner down on remote_ip | project remote_ip, ups, drops",
        "SELECT remote_ip, ups, drops FROM (SELECT remote_ip, count(*) AS ups FROM tunnel_log WHERE status = 'Connected' GROUP BY 1) AS u"
        " JOIN (SELECT remote_ip, count(*) AS drops FROM tunnel_log WHERE status = 'Disconnected' GROUP BY 1) AS d USING (remote_ip)",
    ),
    "series": (
        "ike_log | summarize n = count() by bin(['time'], 1h) | sort by ['time'] asc",
        "SELECT date_bin(INTERVAL '1 hour', time) AS hour, count(*) AS n FROM ike_log GROUP BY 1 ORDER BY 1",
    ),
}


class Bench:
    def __init__(self, args):
        self.args = args
        self.work = pathlib.Path(args.work).resolve()
        self.work.mkdir(parents=True, exist_ok=True)
        self.tool = str(pathlib.Path(args.binary).resolve())
        name = f"kql-{args.days}d-{args.gateways}g-{args.size}-seed{args.seed}"
        self.export, self.archive = self.work / name, self.work / f"{name}-archive"

    def prepare(self):
        if not (self.archive / "_delta_log").is_dir():
            Run([self.tool, "simulate", str(self.export), "--size", self.args.size, "--days", str(self.args.days),
                 "--gateways", str(self.args.gateways), "--seed", str(self.args.seed), "--start", START])
            Run([self.tool, "import", "--archive", str(self.archive), str(self.export)])

    def ask(self, lang, text):
        return Run([self.tool, "query", "--lang", lang, "--data", str(self.archive), "--now", "data", "--format", "csv",
                    "--stats", "-c", text])

    def startup(self):
        return min(self.ask("sql", "SELECT 1").cpu for _ in range(self.args.repeat))

    def questions(self):
        for file in sorted(QUERIES.glob("microsoft_*.kql")):
            yield file.stem.removeprefix("microsoft_"), file.read_text(), file.with_suffix(".sql").read_text()
        for name, (kql, sql) in QUESTIONS.items():
            fill = lambda text: text.replace("$DAY", "2026-03-02").replace("$NEXT", "2026-03-03")
            yield name, fill(kql), fill(sql)

    def measure(self):
        start = self.startup()
        rows = []
        for name, kql, sql in self.questions():
            if self.args.only and self.args.only not in name:
                continue
            pairs = [(self.ask("kql", kql), self.ask("sql", sql)) for _ in range(self.args.repeat)]
            (k, s) = pairs[-1]
            a, b = k.stats(), s.stats()
            least = [max(min(p[i].cpu for p in pairs) - start, 0.001) for i in (0, 1)]
            same = all(a[field] == b[field] for field in ("rows", "files_read"))
            rows.append({"question": name, "kql": least[0], "sql": least[1], "ratio": least[0] / least[1],
                         "files": (a["files_read"], b["files_read"]), "rows": (a["rows"], b["rows"]), "same": same})
            print(f"{name:16} kql {least[0]:7.3f} s  sql {least[1]:7.3f} s  {least[0] / least[1]:5.2f}"
                  f"  files {a['files_read']}/{b['files_read']}  rows {a['rows']}/{b['rows']}", flush=True)
        return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default="target/release/tunnelql")
    parser.add_argument("--work", default=pathlib.Path(tempfile.gettempdir()) / "tunnelql-bench", help="scratch folder")
    parser.add_argument("--size", default="300MB")
    parser.add_argument("--days", type=int, default=20)
    parser.add_argument("--gateways", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--only", default="", help="only questions with this in their name")
    parser.add_argument("--json", help="write the figures to a file")
    args = parser.parse_args()
    bench = Bench(args)
    bench.prepare()
    rows = bench.measure()
    if args.json:
        pathlib.Path(args.json).write_text(json.dumps({"machine": machine(), "rows": rows}, indent=1) + "\n")
    slow = [r["question"] for r in rows if r["ratio"] > GOAL and r["kql"] - r["sql"] > 0.02]
    other = [r["question"] for r in rows if not r["same"]]
    if slow:
        print(f"more than {GOAL - 1:.0%} slower than SQL: {', '.join(slow)}")
    if other:
        print(f"other files or rows than SQL: {', '.join(other)}")
    sys.exit(1 if slow or other else 0)


if __name__ == "__main__":
    main()
