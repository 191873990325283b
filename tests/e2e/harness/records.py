"""Rows of the local store, by `sluice query` while the gateway runs."""

import json

from . import processes


class Records:
    def __init__(self, store):
        self.store = store

    def query(self, sql):
        """Rows as dictionaries."""
        result = processes.run("query", "--store", self.store, "--format", "json", "--max-rows", 1_000_000,
                               "--sql", sql)
        assert result.returncode == 0, result.stderr
        return [json.loads(line) for line in result.stdout.splitlines()]

    def wait_for(self, sql, count=1, seconds=20):
        """The rows, once there are at least `count`: they come a second after the answer."""
        return processes.until(lambda: (lambda rows: rows if len(rows) >= count else None)(self.query(sql)), seconds,
                               what=f"{count} rows of {sql}")

    def exchange_with(self, mark):
        """The one row of table exchanges of the workload that is the mark."""
        rows = self.wait_for(f"SELECT * FROM exchanges WHERE {of_mark(mark)}")
        assert len(rows) == 1, rows
        return rows[0]

    def event_with(self, mark):
        """The one row of table openaiA of the workload that is the mark."""
        rows = self.wait_for(f"SELECT * FROM openaiA WHERE WorkloadIdentifier = {quoted(mark)}")
        assert len(rows) == 1, rows
        return rows[0]


def quoted(text):
    return "'" + str(text).replace("'", "''") + "'"


def of_mark(mark):
    """Tests give each call a workload of its own: in the path, or by header where the path has none."""
    return f"(workload = {quoted(mark)} OR contains(url_path, {quoted(mark)}))"
