"""Reads an archive with other tools, without any help of tunnelql, and prints what it found as JSON.

Ends with 77 when the package deltalake is not there.
"""

import json
import sys

try:
    import deltalake
    import pyarrow.compute as pc
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(77)

path = sys.argv[1]
COLUMNS = ["category", "time", "time_100ns", "gateway", "operation", "message", "remote_ip", "error_code"]


def rows_of(table):
    """Log rows with times as whole microseconds."""
    columns = {name: table.column(name) for name in COLUMNS}
    columns["time"] = pc.cast(columns["time"], "int64")
    lists = [columns[name].to_pylist() for name in COLUMNS]
    rows = [dict(zip(COLUMNS, row)) for row in zip(*lists)]
    return [row for row in rows if not row["category"].startswith("_")]


def counts(categories):
    found = {}
    for category in categories:
        found[category] = found.get(category, 0) + 1
    return found


table = deltalake.DeltaTable(path)
dataset = table.to_pyarrow_dataset()
arrow = dataset.to_table(columns=COLUMNS)
found = {
    "time_type": str(arrow.schema.field("time").type),
    "deltalake": {"counts": counts(arrow.column("category").to_pylist()), "rows": rows_of(arrow)},
}

try:
    import polars

    frame = polars.scan_delta(path).select(COLUMNS).collect().to_arrow()
    found["polars"] = {"counts": counts(frame.column("category").to_pylist()), "rows": rows_of(frame)}
except ImportError:
    pass

try:
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.register("archive", dataset)
    result = connection.sql(f"SELECT {', '.join(COLUMNS)} FROM archive").to_arrow_table()
    found["duckdb"] = {"counts": counts(result.column("category").to_pylist()), "rows": rows_of(result)}
except ImportError:
    pass

json.dump(found, sys.stdout)
