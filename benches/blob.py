#!/usr/bin/env python3
"""Measures tunnelql over blob storage: a raw export of IKE logs in Azurite, Azure's own emulator.

  requests   what one day's question takes, beside listing and reading everything
  cold       the day's question without a cache, and the first time with one
  cached     the same question again
  import     from blob storage, beside the same export on the local disk: from Azurite, and from a server that is faster

    npm install --prefix target/azurite azurite@3
    cargo build --release
    python3 benches/blob.py --binary target/release/tunnelql --azurite target/azurite/node_modules/.bin/azurite-blob

Needs nothing but Python's own library, and rustc. Azurite keeps everything in memory and answers from the same machine: its round
trips are shorter and its reads slower than Azure's, so that requests and bytes say more than times. It answers some
hundred requests a second, which is all that an import from it can show; benches/blob_server.rs, which is read-only and
knows no signatures, shows what is left when the server is not the limit. Each time is the least of --repeat runs. Takes some minutes; most of it is the upload.
"""

import argparse
import base64
import concurrent.futures
import datetime
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

ACCOUNT = "devstoreaccount1"
# Published in Azurite's documentation.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
CONTAINER = "insights-logs-ikediagnosticlog"
START = datetime.date(2026, 3, 1)
LOCAL = threading.local()


def put(port, path, query="", headers=(), body=b""):
    """One PUT with a shared key; a connection a thread."""
    fixed = {
        "x-ms-date": datetime.datetime.now(datetime.timezone.utc).strftime("%a, %d %b %Y %H:%M:%S GMT"),
        "x-ms-version": "2021-12-02",
        **dict(headers),
    }
    canonical = "".join(f"{name}:{value}\n" for name, value in sorted(fixed.items()))
    resource = f"/{ACCOUNT}/{ACCOUNT}/{path}" + "".join(f"\n{part.replace('=', ':')}" for part in query.split("&") if part)
    text = f"PUT\n\n\n{len(body) or ''}\n\n\n\n\n\n\n\n\n{canonical}{resource}"
    signature = base64.b64encode(hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()).decode()
    fixed["Authorization"] = f"SharedKey {ACCOUNT}:{signature}"
    fixed["Content-Length"] = str(len(body))
    if not hasattr(LOCAL, "connection"):
        LOCAL.connection = http.client.HTTPConnection("127.0.0.1", port)
    target = f"/{ACCOUNT}/{path}" + (f"?{query}" if query else "")
    LOCAL.connection.request("PUT", target, body=body, headers=fixed)
    answer = LOCAL.connection.getresponse()
    said = answer.read()
    if answer.status not in (201, 409):
        sys.exit(f"PUT {path}: {answer.status} {said[:300]!r}")


def upload(port, folder, threads):
    """Every blob below the folder, as append blobs."""
    put(port, CONTAINER, "restype=container")
    files = sorted(p for p in folder.rglob("*") if p.is_file())

    def one(file):
        path = f"{CONTAINER}/{file.relative_to(folder)}"
        put(port, path, headers=[("x-ms-blob-type", "AppendBlob")])
        data = file.read_bytes()
        for at in range(0, len(data), 4 << 20):
            put(port, path, "comp=appendblock", body=data[at : at + (4 << 20)])

    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        list(pool.map(one, files))
    return len(files), sum(p.stat().st_size for p in files)


def cpu():
    """Seconds that children have computed."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(argv, env=None):
    """Wall time, stdout and stderr of a process that must succeed."""
    started = time.perf_counter()
    done = subprocess.run(argv, capture_output=True, text=True, env=env, stdin=subprocess.DEVNULL)
    wall = time.perf_counter() - started
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, argv))[:300]}\nfailed with {done.returncode}:\n{done.stderr[-2000:]}")
    return wall, done.stdout, done.stderr


def stats(stderr):
    """The last line of JSON that --stats wrote."""
    return json.loads([line for line in stderr.splitlines() if line.startswith("{")][-1])


def mib(n):
    return f"{n / (1 << 20):.1f} MiB"


def requests(s):
    r = s["requests"]
    return f"{r['list']} list, {r['read']} read, {mib(s['bytes_received'])} received"


class Bench:
    def __init__(self, args, work):
        self.args, self.work = args, work
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("AZURE", "TUNNELQL"))}
        self.env["AZURE_STORAGE_USE_EMULATOR"] = "true"
        self.env["XDG_CONFIG_HOME"] = str(work / "no-settings")
        self.rows = []

    def tell(self, what, found, goal="", verdict=""):
        self.rows.append(f"| {what} | {found} | {goal} | {verdict} |")
        print(self.rows[-1], flush=True)

    def query(self, place, sql, *more, before=lambda: None):
        """The least wall time, the answer and the statistics of that run."""
        best = None
        for _ in range(self.args.repeat):
            before()
            argv = [self.args.binary, "query", "--format", "csv", "--stats", "--data", place, "-c", sql, *more]
            wall, out, err = run(argv, self.env)
            if best is None or wall < best[0]:
                best = (wall, out, stats(err))
        return best

    def imported(self, source):
        """Wall time, CPU and account of an import into a new local archive."""
        archive = self.work / "archive"
        shutil.rmtree(archive, ignore_errors=True)
        argv = [self.args.binary, "import", "--summary", "json", "--archive", archive, source]
        before = cpu()
        wall, out, _ = run(argv, self.env)
        return wall, cpu() - before, json.loads(out)

    def import_rate(self, what, place, folder, total, repeat):
        """Imports from both in turn, so that what else runs on the machine meets both; the least of each counts."""
        runs = [(self.imported(place), self.imported(str(folder))) for _ in range(repeat)]
        if any(blob[2]["rows"] != disk[2]["rows"] for blob, disk in runs):
            sys.exit("the imports from blob storage and from the local disk differ")
        blob, disk = (min((r[i] for r in runs), key=lambda r: r[0]) for i in (0, 1))
        rate = disk[0] / blob[0]
        self.tell(f"Import from {what} beside the local disk",
                  f"{rate * 100:.0f} % ({mib(total / blob[0])}/s to {mib(total / disk[0])}/s; "
                  f"{blob[1]:.1f} s of CPU to {disk[1]:.1f} s)", *self.goal_of_import(what, rate))

    @staticmethod
    def goal_of_import(what, rate):
        if what == "Azurite":
            return ("", "")
        return ("at least 80 % when the server is not the limit", "met" if rate >= 0.8 else "**missed**")

    def fast_server(self, folder):
        """The server of this benchmark, and its port."""
        program = self.work / "blob_server"
        source = pathlib.Path(__file__).with_name("blob_server.rs")
        run([self.args.rustc, "-O", "--edition", "2024", "-o", program, source])
        server = subprocess.Popen([program, CONTAINER, folder], stdout=subprocess.PIPE, text=True)
        return server, int(server.stdout.readline())

    def measure(self, port):
        args = self.args
        self.env["AZURITE_BLOB_STORAGE_URL"] = f"http://127.0.0.1:{port}"
        export = self.work / "export"
        run([args.binary, "simulate", "--days", str(args.days), "--gateways", "2", "--start", str(START),
             "--ike-rate", args.ike_rate, "--scenario", "healthy", "--seed", "7", export], self.env)
        folder = next(export.rglob(CONTAINER))
        count, total = upload(port, folder, args.threads)
        print(f"\nData: {mib(total)} of IKE messages in {count} blobs, {args.days} days, 2 gateways. Synthetic.\n")
        print("| what | found | goal | |\n|---|---|---|---|")
        place = f"az://{CONTAINER}"
        middle = START + datetime.timedelta(days=args.days // 2)
        day = f"time >= '{middle}' AND time < '{middle + datetime.timedelta(days=1)}'"
        question = f"SELECT direction, count(*) AS n FROM ike_log WHERE {day} GROUP BY 1 ORDER BY 1"
        cold = self.query(place, question)
        everything = self.query(place, "SELECT direction, count(*) AS n FROM ike_log GROUP BY 1 ORDER BY 1")
        local = self.query(str(folder), question)
        if cold[1] != local[1]:
            sys.exit("the answers from blob storage and from the local disk differ")
        self.tell("One day's question", requests(cold[2]))
        self.tell("Everything", requests(everything[2]))
        self.tell("One day's question, wall time", f"{cold[0] * 1000:.0f} ms (local disk {local[0] * 1000:.0f} ms, "
                                                   f"everything {everything[0] * 1000:.0f} ms)")
        cache = self.work / "cache"
        first = self.query(place, question, "--cache", str(cache),
                           before=lambda: shutil.rmtree(cache, ignore_errors=True))
        again = self.query(place, question, "--cache", str(cache))
        verdict = "met" if again[2]["requests"]["read"] == 0 else "**missed**"
        self.tell("The first time with a cache", f"{first[0] * 1000:.0f} ms, {requests(first[2])}")
        self.tell("Again with the cache", f"{again[0] * 1000:.0f} ms, {requests(again[2])}", "no reads", verdict)
        self.import_rate("Azurite", place, folder, total, 1)
        server, port = self.fast_server(folder)
        try:
            self.env["AZURITE_BLOB_STORAGE_URL"] = f"http://127.0.0.1:{port}"
            self.import_rate("a server in memory", place, folder, total, args.repeat)
        finally:
            server.terminate()
            server.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default="target/release/tunnelql", help="tunnelql")
    parser.add_argument("--azurite", default="azurite-blob", help="azurite-blob, started on a free port")
    parser.add_argument("--rustc", default="rustc", help="compiles benches/blob_server.rs")
    parser.add_argument("--port", type=int, help="port of an Azurite that is running already, with nothing in it")
    parser.add_argument("--days", type=int, default=120)
    parser.add_argument("--ike-rate", default="0.2", help="how much there is; 1 is a few MB a gateway and day")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--threads", type=int, default=4, help="of the upload")
    args = parser.parse_args()
    args.binary = str(pathlib.Path(args.binary).resolve())
    with tempfile.TemporaryDirectory(prefix="bench-blob-") as work:
        server, port = None, args.port
        if port is None:
            with socket.socket() as s:
                s.bind(("127.0.0.1", 0))
                port = s.getsockname()[1]
            server = subprocess.Popen(
                [args.azurite, "--inMemoryPersistence", "--extentMemoryLimit", "8000", "--disableTelemetry", "--silent",
                 "--blobHost", "127.0.0.1", "--blobPort", str(port)],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while socket.socket().connect_ex(("127.0.0.1", port)) != 0:
                if server.poll() is not None:
                    sys.exit("Azurite ended")
                time.sleep(0.2)
        try:
            Bench(args, pathlib.Path(work)).measure(port)
        finally:
            if server is not None:
                server.terminate()
                server.wait()


if __name__ == "__main__":
    main()
