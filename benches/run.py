#!/usr/bin/env python3
"""Measures tunnelql beside DuckDB: the same data, the same questions, the same run.

What is measured, each as often as --repeat says with the least taken, since a shared machine only ever adds:

  import     raw JSON Lines to sorted zstd Parquet with the messages' fields extracted
  day        one day's messages by direction, out of the whole raw export
  all        all days' messages by direction, out of the whole raw export
  counts     counts by peer, direction and close status
  session    all messages of one IKE session
  startup    SELECT 1

CPU time is user + system time of the child process and all its threads, memory is its largest resident set; both are
what the kernel says when it ends (wait4). Nothing empties the page cache: both engines find the files in memory. Both
engines' answers are compared, and a difference is written into the results.

DuckDB runs inside Python (its package); importing it costs about 0.1 s of CPU, which is measured with an empty
statement and subtracted. The SQL that it runs is in the .sql files beside this script.

    python3 -m venv /tmp/bench-venv && /tmp/bench-venv/bin/pip install duckdb duckdb-cli
    cargo build --release
    python3 benches/run.py --duckdb-python /tmp/bench-venv/bin/python --duckdb-cli /tmp/bench-venv/bin/duckdb

Disk: about three times --size below --work. Time: a few minutes. The data depends on --size, --days, --gateways and
--seed alone and is made once for each of their values.
"""

import argparse
import csv
import datetime
import io
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
START = "2026-03-01"
CONTAINER = "insights-logs-ikediagnosticlog"
# What a child prints on stdout is read back as JSON; the statement comes in as an argument.
DUCKDB_CHILD = """
import sys, json, duckdb
connection = duckdb.connect()
connection.execute("SET enable_progress_bar = false")
rows = connection.execute(sys.argv[1]).fetchall()
print(json.dumps(rows, default=str))
"""


class Run:
    """What one child process cost and said."""

    def __init__(self, argv, cwd=None, env=None):
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            started = time.perf_counter()
            child = subprocess.Popen(argv, stdout=out, stderr=err, stdin=subprocess.DEVNULL, cwd=cwd, env=env)
            _, status, usage = os.wait4(child.pid, 0)
            self.wall = time.perf_counter() - started
            child.returncode = os.waitstatus_to_exitcode(status)
            self.cpu = usage.ru_utime + usage.ru_stime
            self.rss = usage.ru_maxrss * 1024
            out.seek(0)
            err.seek(0)
            self.out = out.read().decode()
            self.err = err.read().decode(errors="replace")
        if child.returncode != 0:
            sys.exit(f"{' '.join(map(str, argv))[:300]}\nfailed with {child.returncode}:\n{self.err[-2000:]}")

    def stats(self):
        """The last line of JSON that --stats wrote."""
        lines = [line for line in self.err.splitlines() if line.startswith("{")]
        return json.loads(lines[-1])

    def rows(self):
        """CSV rows without the header."""
        return list(csv.reader(io.StringIO(self.out)))[1:]


class Best:
    """The least of several runs; memory is the most, since that is what must be there."""

    def __init__(self, runs, overhead=0.0):
        self.cpu = max(min(r.cpu for r in runs) - overhead, 0.001)
        self.wall = min(r.wall for r in runs)
        self.rss = max(r.rss for r in runs)
        self.last = runs[-1]


def repeat(times, make, overhead=0.0):
    return Best([make() for _ in range(times)], overhead)


class Bench:
    def __init__(self, args):
        self.args = args
        self.work = pathlib.Path(args.work).resolve()
        self.work.mkdir(parents=True, exist_ok=True)
        self.tool = str(pathlib.Path(args.binary).resolve())
        name = f"export-{args.days}d-{args.gateways}g-{args.size}-seed{args.seed}"
        self.export = self.work / name
        self.ike = self.export / CONTAINER
        self.archive = self.work / "archive"
        self.typed = self.work / "typed.parquet"
        self.raw = self.work / "raw.parquet"
        self.notes = []
        self.overhead = 0.0

    # Running.

    def tql(self, *argv):
        return Run([self.tool, *map(str, argv)], cwd=self.work)

    def query(self, data, sql, *more):
        return self.tql("query", "--data", data, "--format", "csv", "--stats", "-c", sql, *more)

    def duck(self, file, **values):
        sql = (HERE / file).read_text() if file.endswith(".sql") else file
        for key, value in values.items():
            sql = sql.replace("${" + key + "}", str(value))
        return Run([self.args.duckdb_python, "-c", DUCKDB_CHILD, sql], cwd=self.work)

    def ducks(self, file, **values):
        return repeat(self.args.repeat, lambda: self.duck(file, **values), self.overhead)

    def times(self, make):
        return repeat(self.args.repeat, make)

    def compare(self, what, ours, theirs):
        same = ours == theirs
        print(f"    same answers: {same}", flush=True)
        if not same:
            self.notes.append(f"The two engines' answers for {what} differ.")
            print("   ", sorted(set(ours) ^ set(theirs))[:8], file=sys.stderr)

    # Steps.

    def prepare(self):
        done = self.export / ".complete"
        if not done.exists():
            shutil.rmtree(self.export, ignore_errors=True)
            a = self.args
            self.tql("simulate", "--days", a.days, "--gateways", a.gateways, "--size", a.size, "--seed", a.seed,
                     "--start", START, "--dirt", "none", self.export)
            done.touch()
        self.json_bytes = sum(f.stat().st_size for f in self.ike.rglob("*.json"))
        self.blobs = sum(1 for _ in self.ike.rglob("*.json"))
        # A day from the middle; nothing is special about it.
        day = datetime.date.fromisoformat(START) + datetime.timedelta(days=self.args.days // 2)
        self.day, self.next_day = day.isoformat(), (day + datetime.timedelta(days=1)).isoformat()
        y, m, d = self.day.split("-")
        self.day_bytes = sum(f.stat().st_size for f in self.ike.rglob("*.json") if f"/y={y}/m={m}/d={d}/" in str(f))
        self.duck("SELECT 1")
        self.overhead = min(self.duck("SELECT 1").cpu for _ in range(5))

    def bench_import(self):
        def ours():
            shutil.rmtree(self.archive, ignore_errors=True)
            return self.tql("import", self.ike, "--archive", self.archive, "--summary", "json")

        def theirs():
            self.typed.unlink(missing_ok=True)
            return self.duck("duckdb_import.sql", EXPORT=self.ike, OUT=self.typed)

        mine, yours = [], []
        for _ in range(self.args.repeat):
            mine.append(ours())
            yours.append(theirs())
        self.raw.unlink(missing_ok=True)
        self.raw_made = self.duck("duckdb_raw_parquet.sql", EXPORT=self.ike, OUT=self.raw)
        again = self.times(lambda: self.tql("import", self.ike, "--archive", self.archive, "--summary", "json"))
        self.rows = json.loads(yours[-1].out)[0][0]
        have = int(self.query(self.archive, "SELECT count(*) FROM ike_log").rows()[0][0])
        self.compare("the import's number of rows", [have], [self.rows])
        return Best(mine), Best(yours, self.overhead), again

    def bench_day(self):
        sql = "SELECT coalesce(direction, ''), count(*) FROM ike_log GROUP BY 1 ORDER BY 1"
        ours = self.times(lambda: self.query(self.export, sql, "--since", self.day, "--until", self.next_day))
        theirs = self.ducks("duckdb_one_day.sql", EXPORT=self.ike, SINCE=self.day, UNTIL=self.next_day)
        self.compare("one day", counted(ours.last.rows()), counted(json.loads(theirs.last.out)))
        return ours, theirs

    def bench_all(self):
        sql = "SELECT coalesce(direction, ''), count(*) FROM ike_log GROUP BY 1 ORDER BY 1"
        ours = self.times(lambda: self.query(self.export, sql))
        theirs = self.ducks("duckdb_all_days.sql", EXPORT=self.ike)
        self.compare("all days", counted(ours.last.rows()), counted(json.loads(theirs.last.out)))
        return ours, theirs

    def bench_counts(self):
        sql = ("SELECT coalesce(remote_ip, ''), coalesce(direction, ''), coalesce(close_status, ''), count(*) "
               "FROM ike_log GROUP BY 1, 2, 3 ORDER BY 1, 2, 3")
        ours = self.times(lambda: self.query(self.archive, sql))
        theirs = self.ducks("duckdb_counts_regex.sql", RAW_PARQUET=self.raw)
        typed = self.ducks("duckdb_counts_typed.sql", TYPED_PARQUET=self.typed)
        self.compare("the counts", counted(ours.last.rows()), counted(json.loads(theirs.last.out)))
        return ours, theirs, typed

    def bench_session(self):
        pick = (f"SELECT session_id, count(*) FROM ike_log WHERE session_id IS NOT NULL AND time >= '{self.day}' AND "
                f"time < '{self.next_day}' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1")
        self.session = self.query(self.archive, pick).rows()[0][0]
        sql = f"SELECT time, message FROM ike_log WHERE session_id = '{self.session}' ORDER BY time"
        ours = self.times(lambda: self.query(self.archive, sql))
        theirs = self.ducks("duckdb_one_session.sql", TYPED_PARQUET=self.typed, SESSION=self.session)
        self.compare("one session", [len(ours.last.rows())], [json.loads(theirs.last.out)[0][0]])
        return ours, theirs

    def bench_startup(self):
        def wall(argv):
            runs = [Run(argv, cwd=self.work) for _ in range(self.args.startups + 1)][1:]
            return statistics.median(r.wall for r in runs), statistics.median(r.cpu for r in runs)

        found = {"tunnelql": wall([self.tool, "query", "-c", "SELECT 1"])}
        if self.args.duckdb_cli:
            found["duckdb command line"] = wall([self.args.duckdb_cli, "-c", "SELECT 1"])
        found["duckdb in Python"] = wall([self.args.duckdb_python, "-c", DUCKDB_CHILD, "SELECT 1"])
        return found


def counted(rows):
    """Rows of texts and a count as a sorted list, rare spellings of a direction counted to the usual ones."""
    usual = {"RECEIVE": "RECEIVED", "RECV": "RECEIVED", "LOCAL": "LOCAL_MSG"}
    total = {}
    for row in rows:
        key = tuple(usual.get(v, v) for v in row[:-1])
        total[key] = total.get(key, 0) + int(row[-1])
    return sorted((*key, n) for key, n in total.items())


def folder_bytes(path):
    return sum(f.stat().st_size for f in path.rglob("*") if f.is_file())


def parquet_bytes(archive):
    """Parquet of the messages: what queries read; the log, the ledger and the rejects apart."""
    return sum(f.stat().st_size for f in (archive / "category=ike").rglob("*.parquet"))


def mib(n):
    return f"{n / (1 << 20):.1f} MiB" if n < 100 << 20 else f"{n / (1 << 20):.0f} MiB"


def machine():
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown")
    memory = next(int(line.split()[1]) * 1024 for line in open("/proc/meminfo") if line.startswith("MemTotal"))
    return f"{os.cpu_count()} cores ({cpu}), {memory / (1 << 30):.0f} GiB of memory, Linux, shared with other work"


class Report:
    """Rows of the table, each with its goal and whether it was met."""

    def __init__(self):
        self.rows = []

    def add(self, what, found, goal="", met=None):
        verdict = "" if met is None else ("met" if met else "**missed**")
        self.rows.append((what, found, goal, verdict))
        print(f"  {what}: {found} {goal} {verdict}", flush=True)

    def table(self):
        lines = ["| what | found | goal | |", "|---|---|---|---|"]
        lines += [f"| {a} | {b} | {c} | {d} |" for a, b, c, d in self.rows]
        return "\n".join(lines)


def session_row(report, ours, theirs, archive_bytes, label):
    read = ours.last.stats()["bytes_read"]
    share = read / archive_bytes
    report.add(f"One session {label}: bytes read of the archive's message files",
               f"{100 * share:.2f} % ({mib(read)} of {mib(archive_bytes)})", "at most 1 %", share <= 0.01)
    report.add(f"One session {label}: CPU beside DuckDB over its typed Parquet", f"{ours.cpu / theirs.cpu:.2f} times")


def counts_row(report, ours, theirs, typed, label):
    times = theirs.cpu / ours.cpu
    report.add(f"Counts by peer, direction and status {label}: CPU beside DuckDB's regex over messages in Parquet",
               f"1/{times:.0f} ({ours.cpu:.2f} s to {theirs.cpu:.2f} s)", "at most 1/20", times >= 20)
    report.add(f"Counts {label}: CPU beside DuckDB over its own typed Parquet",
               f"{ours.cpu / typed.cpu:.2f} times ({ours.cpu:.2f} s to {typed.cpu:.2f} s)")


def measure(bench):
    report = Report()
    print("data", flush=True)
    bench.prepare()
    print("import", flush=True)
    ours, theirs, again = bench.bench_import()
    ratio = ours.cpu / theirs.cpu
    report.add("Import: CPU beside DuckDB", f"{ratio:.2f} times ({ours.cpu:.1f} s to {theirs.cpu:.1f} s)",
               "at most 1/3, better 1/4", ratio <= 1 / 3)
    report.add("Import: wall time beside DuckDB", f"{ours.wall / theirs.wall:.2f} times")
    report.add("Import: JSON read per second of CPU", mib(bench.json_bytes / ours.cpu))
    report.add("Import: peak memory", f"{mib(ours.rss)} (DuckDB {mib(theirs.rss)})", "under 512 MiB", ours.rss < 512 << 20)
    report.add("Import again, nothing new: CPU beside the first import",
               f"{100 * again.cpu / ours.cpu:.1f} % ({again.cpu:.2f} s)")
    messages = parquet_bytes(bench.archive)
    report.add("Size: archive beside JSON", f"{100 * folder_bytes(bench.archive) / bench.json_bytes:.1f} %")
    report.add("Size: archive beside DuckDB's typed Parquet, 16 columns of ours 32",
               f"{folder_bytes(bench.archive) / bench.typed.stat().st_size:.2f} times")
    report.add("Size: DuckDB's typed Parquet and its message Parquet beside JSON",
               f"{100 * bench.typed.stat().st_size / bench.json_bytes:.1f} %, "
               f"{100 * bench.raw.stat().st_size / bench.json_bytes:.1f} %")
    print("day", flush=True)
    ours, theirs = bench.bench_day()
    read = ours.last.stats()["bytes_read"]
    report.add(f"One day of {bench.args.days} out of the raw export: wall time beside DuckDB",
               f"1/{theirs.wall / ours.wall:.0f} ({ours.wall:.2f} s to {theirs.wall:.2f} s)", "at most 1/20",
               theirs.wall / ours.wall >= 20)
    report.add("One day: CPU beside DuckDB", f"1/{theirs.cpu / ours.cpu:.0f}")
    report.add("One day: bytes read beside the day's bytes", f"{read / bench.day_bytes:.2f} times", "at most 2",
               read <= 2 * bench.day_bytes)
    print("all", flush=True)
    ours, theirs = bench.bench_all()
    report.add("All days out of the raw export: CPU beside DuckDB",
               f"{ours.cpu / theirs.cpu:.2f} times ({ours.cpu:.1f} s to {theirs.cpu:.1f} s)")
    report.add("All days: wall time beside DuckDB", f"{ours.wall / theirs.wall:.2f} times")
    report.add("All days: peak memory", f"{mib(ours.rss)} (DuckDB {mib(theirs.rss)})")
    print("counts", flush=True)
    ours, theirs, typed = bench.bench_counts()
    counts_row(report, ours, theirs, typed, "as imported")
    print("session", flush=True)
    session_row(report, *bench.bench_session(), messages, "as imported")
    print("compact", flush=True)
    before = len(list((bench.archive / "category=ike").rglob("*.parquet")))
    done = bench.tql("compact", "--data", bench.archive, "--keep", "0s", "--json")
    after = len(list((bench.archive / "category=ike").rglob("*.parquet")))
    report.add("Compaction: message files before and after", f"{before} and {after} ({done.cpu:.1f} s of CPU)")
    messages = parquet_bytes(bench.archive)
    counts_row(report, *bench.bench_counts(), "compacted")
    session_row(report, *bench.bench_session(), messages, "compacted")
    print("startup", flush=True)
    found = bench.bench_startup()
    mine = found.pop("tunnelql")
    for name, (wall, cpu) in found.items():
        report.add(f"`SELECT 1`, whole process: median wall time beside {name}",
                   f"{mine[0] / wall:.2f} times ({1000 * mine[0]:.0f} ms to {1000 * wall:.0f} ms)",
                   "at most the same" if "command line" in name else "",
                   mine[0] <= wall if "command line" in name else None)
    return report


def write(bench, report, path):
    version = bench.tql("--version").out.strip()
    package = bench.duck("SELECT version()").out.strip('[]"\n')
    cli = Run([bench.args.duckdb_cli, "--version"]).out.split()[0] if bench.args.duckdb_cli else "none"
    a = bench.args
    notes = "".join(f"\n* {n}" for n in bench.notes) or "\n* Both engines gave the same answers to every question."
    text = f"""# Results

Made by `benches/run.py`; what is measured, and how, stands at its top. The figures are of a machine that other work
shared, so CPU time is what counts, and ratios within one run more than any figure.

* Machine: {machine()}.
* Versions: {version} (release profile), DuckDB {package} as a Python package, its command line {cli}.
* Data: {mib(bench.json_bytes)} of IKE messages as JSON Lines, {bench.rows:,} records in {bench.blobs:,} blobs, \
{a.days} days, {a.gateways} gateways. Synthetic.
* Each figure is the best of {a.repeat} runs, memory the worst; start-up the median of {a.startups}.{notes}

{report.table()}

Commands:

```
tunnelql simulate --days {a.days} --gateways {a.gateways} --size {a.size} --seed {a.seed} --dirt none export
python3 benches/run.py --size {a.size} --days {a.days} --gateways {a.gateways} --repeat {a.repeat}
```
"""
    # What the other benchmarks have found last, and what was learnt from all of them.
    for extra in ("functions.md", "history.md", "blob.md", "kql.md", "NOTES.md"):
        if (HERE / extra).exists():
            text += "\n" + (HERE / extra).read_text()
    pathlib.Path(path).write_text(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], epilog="More at the top of this file.")
    parser.add_argument("--binary", default=HERE.parent / "target/release/tunnelql", help="tunnelql to measure")
    parser.add_argument("--duckdb-python", default=sys.executable, help="Python that has the duckdb package")
    parser.add_argument("--duckdb-cli", default=shutil.which("duckdb"), help="duckdb command line, for start-up")
    parser.add_argument("--work", default=pathlib.Path(tempfile.gettempdir()) / "tunnelql-bench", help="scratch folder")
    parser.add_argument("--size", default="2GB", help="about how much to simulate [%(default)s]")
    parser.add_argument("--days", type=int, default=120, help="[%(default)s]")
    parser.add_argument("--gateways", type=int, default=2, help="[%(default)s]")
    parser.add_argument("--seed", type=int, default=1, help="[%(default)s]")
    parser.add_argument("--repeat", type=int, default=2, help="runs of each measurement [%(default)s]")
    parser.add_argument("--startups", type=int, default=20, help="runs of SELECT 1 [%(default)s]")
    parser.add_argument("--results", default=HERE / "RESULTS.md", help="where the figures go")
    args = parser.parse_args()
    bench = Bench(args)
    write(bench, measure(bench), args.results)
    print(f"wrote {args.results}")


if __name__ == "__main__":
    main()
