"""Rows of the local store, by `sluice query` while the gateway runs."""

import json

from . import processes


class Records:
    def __init__(self, folder):
        self.folder = folder  # the configuration's

    def query(self, sql):
        """Rows as dictionaries."""
        result = processes.run("query", "--dir", self.folder, "--format", "json", "--sql", sql)
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)

    def wait_for(self, sql, count=1, seconds=20):
        """The rows, once there are at least `count`: they come a second after the answer."""
        return processes.until(lambda: (lambda rows: rows if len(rows) >= count else None)(self.query(sql)), seconds,
                               what=f"{count} rows of {sql}")

    def exchange_with(self, mark):
        """The one row of table exchanges whose request body has the mark."""
        rows = self.wait_for(f"SELECT * FROM exchanges WHERE contains(request_body, {quoted(mark)})")
        assert len(rows) == 1, rows
        return rows[0]

    def event_with(self, mark):
        """The one row of table openaiA whose request body has the mark."""
        rows = self.wait_for(f"SELECT * FROM openaiA WHERE contains(CAST(FullRequestBody AS VARCHAR), {quoted(mark)})")
        assert len(rows) == 1, rows
        return rows[0]


def quoted(text):
    return "'" + str(text).replace("'", "''") + "'"
