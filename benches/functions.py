#!/usr/bin/env python3
"""Measures the IKE functions over unparsed messages beside DuckDB's regular expressions: the same Parquet, the same eight
fields, the same run.

  fields     session, remote and local address, direction, exchange, both cookies and close status of every message
  scan       a search for a text that is in no message: reads every byte of the column and makes nothing
  decode     the lengths of the messages: what reading the Parquet costs alone

The figure is CPU time, user and system of all threads, the least of --repeat runs. Each engine adds up the lengths of the
fields, so that nothing can be left out, and the two sums are compared.

    python3 -m venv /tmp/bench-venv && /tmp/bench-venv/bin/pip install duckdb
    cargo build --release
    python3 benches/functions.py --duckdb-python /tmp/bench-venv/bin/python

Disk: about as much as --size below --work.
"""

import argparse
import json
import pathlib
import sys
import tempfile

from run import DUCKDB_CHILD, START, Report, Run, machine, mib, repeat

HERE = pathlib.Path(__file__).resolve().parent

FIELDS = ["session_id", "remote_ip", "local_ip", "direction", "exchange", "i_cookie", "r_cookie", "close_status"]

OURS = "SELECT " + ", ".join(f"coalesce(sum(octet_length(ike_{f}(message))), 0)" for f in FIELDS) + " FROM messages"

# The rare spellings of a direction are counted to the usual ones, as ike_direction does.
THEIRS = r"""
SELECT
    sum(strlen(lower(regexp_extract(message, 'SESSION_ID[\] :]*\{([0-9a-fA-F-]+)\}', 1)))),
    sum(strlen(regexp_extract(message, '(?:^Remote|[}\]] Remote|\[Remote\]) ([^ ]+):[0-9]+', 1))),
    sum(strlen(regexp_extract(message, '(?:(?:^|[}\]] )Remote [^ ]+ Local|\[Local\]) ([^ ]+):[0-9]+', 1))),
    sum(CASE regexp_extract(message, '\[(SEND|RECEIVED|RECEIVE|RECV|LOCAL_MSG|LOCAL)(?: Network Packet)?\]', 1)
        WHEN '' THEN 0 WHEN 'SEND' THEN 4 WHEN 'LOCAL_MSG' THEN 9 WHEN 'LOCAL' THEN 9 ELSE 8 END),
    sum(strlen(regexp_extract(message, '\]\[([A-Z_]+)\]', 1))),
    sum(strlen(regexp_extract(message, 'iCookie[ :]+(0x[0-9a-fA-F]+)', 1, 'i'))),
    sum(strlen(regexp_extract(message, 'rCookie[ :]+(0x[0-9a-fA-F]+)', 1, 'i'))),
    sum(strlen(regexp_extract(message, 'with status (.+)$', 1)))
FROM '${MESSAGES}'
"""

SCAN = "SELECT count(*) FROM messages WHERE message LIKE '%~no message says this~%'"
DECODE = "SELECT sum(octet_length(message)) FROM messages"


class Bench:
    def __init__(self, args):
        self.args = args
        self.work = pathlib.Path(args.work).resolve()
        self.work.mkdir(parents=True, exist_ok=True)
        self.tool = str(pathlib.Path(args.binary).resolve())
        name = f"messages-{args.days}d-{args.gateways}g-{args.size}-seed{args.seed}"
        self.export, self.messages = self.work / name, self.work / f"{name}.parquet"

    def prepare(self):
        """The messages of a simulated export as one Parquet file, made once."""
        if self.messages.exists():
            return
        a = self.args
        if not self.export.exists():
            made = self.export.with_suffix(".part")
            Run([self.tool, "simulate", "--days", str(a.days), "--gateways", str(a.gateways), "--size", a.size, "--seed",
                 str(a.seed), "--start", START, "--dirt", "none", str(made)])
            made.rename(self.export)
        made = self.messages.with_suffix(".part.parquet")
        Run([self.tool, "query", "--data", str(self.export), "-o", str(made), "-c", "SELECT message FROM ike_log"])
        made.rename(self.messages)

    def ours(self, sql):
        table = f"CREATE EXTERNAL TABLE messages STORED AS PARQUET LOCATION '{self.messages}'; "
        return Run([self.tool, "query", "--format", "csv", "-c", table + sql], cwd=self.work)

    def theirs(self, sql):
        sql = sql.replace("${MESSAGES}", str(self.messages))
        return Run([self.args.duckdb_python, "-c", DUCKDB_CHILD, sql], cwd=self.work)


def measure(bench):
    times = bench.args.repeat
    # What starting costs, without a row.
    start = min(bench.ours("SELECT 1").cpu for _ in range(5))
    start_theirs = min(bench.theirs("SELECT 1").cpu for _ in range(5))
    fields = repeat(times, lambda: bench.ours(OURS), start)
    scan = repeat(times, lambda: bench.ours(SCAN), start)
    decode = repeat(times, lambda: bench.ours(DECODE), start)
    duck = repeat(times, lambda: bench.theirs(THEIRS), start_theirs)
    total = int(decode.last.rows()[0][0])
    count = int(bench.ours("SELECT count(*) FROM messages").rows()[0][0])
    report = Report()
    report.add("Messages", f"{count:,} with {mib(total)} of text in {mib(bench.messages.stat().st_size)} of Parquet",
               "at least 1 GB of text", total >= 10**9)
    sums = [int(n) for n in fields.last.rows()[0]], [int(n) for n in json.loads(duck.last.out)[0]]
    differing = [f"{name} ({a:,} to {b:,})" for name, a, b in zip(FIELDS, *sums) if a != b]
    report.add("Sums of the fields' lengths", "differ in " + ", ".join(differing) if differing else "the same", "the same",
               not differing)
    ratio = duck.cpu / fields.cpu
    report.add("Eight fields: CPU beside DuckDB's regexp_extract",
               f"1/{ratio:.1f} ({fields.cpu:.2f} s to {duck.cpu:.2f} s)", "at most 1/8", ratio >= 8)
    beside = fields.cpu / scan.cpu
    report.add("Eight fields: CPU beside a scan of the column",
               f"{beside:.2f} times ({fields.cpu:.2f} s to {scan.cpu:.2f} s)", "at most 3 times", beside <= 3)
    report.add("Reading the Parquet alone", f"{decode.cpu:.2f} s")
    report.add("Eight fields without reading the Parquet",
               f"{max(fields.cpu - decode.cpu, 0) / count * 1e9:.0f} ns a message")
    return report


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=HERE.parent / "target/release/tunnelql", help="tunnelql to measure")
    parser.add_argument("--duckdb-python", default=sys.executable, help="Python that has the duckdb package")
    parser.add_argument("--work", default=pathlib.Path(tempfile.gettempdir()) / "tunnelql-bench", help="scratch folder")
    parser.add_argument("--size", default="2800MB", help="about how much to simulate [%(default)s]")
    parser.add_argument("--days", type=int, default=120, help="[%(default)s]")
    parser.add_argument("--gateways", type=int, default=2, help="[%(default)s]")
    parser.add_argument("--seed", type=int, default=1, help="[%(default)s]")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each measurement [%(default)s]")
    parser.add_argument("--results", default=HERE / "functions.md", help="file for the table, as Markdown")
    args = parser.parse_args()
    bench = Bench(args)
    bench.prepare()
    report = measure(bench)
    text = "## The IKE functions beside regular expressions\n\n"
    text += f"`python3 benches/functions.py --size {args.size}`; {machine()}.\n\n{report.table()}\n"
    pathlib.Path(args.results).write_text(text)


if __name__ == "__main__":
    main()
