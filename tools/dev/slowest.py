"""Prints the ten files that took longest to compile, from the .ninja_log of each build folder given."""

import sys
from pathlib import Path


def durations(folder):
    """(seconds, object) of the last build of each object. Log lines: start and end in milliseconds, mtime, output, hash."""
    log = Path(folder) / ".ninja_log"
    latest = {}
    for line in log.read_text().splitlines() if log.exists() else []:
        fields = line.split("\t")
        if len(fields) == 5 and fields[3].endswith(".o"):
            latest[fields[3]] = (int(fields[1]) - int(fields[0])) / 1000
    return [(seconds, f"{Path(folder).name}: {source_of(output)}") for output, seconds in latest.items()]


def source_of(output):
    """src/CMakeFiles/sluice_http.dir/http/codec.cc.o -> http/codec.cc"""
    return output.split(".dir/", 1)[-1].removesuffix(".o")


def main():
    slowest = sorted((entry for folder in sys.argv[1:] for entry in durations(folder)), reverse=True)[:10]
    print("slowest to compile:")
    for seconds, name in slowest:
        print(f"  {seconds:6.1f} s  {name}")


if __name__ == "__main__":
    main()
