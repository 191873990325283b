"""bench/RESULTS.md: the text of ./dev bench, and below it sections that other programs put there."""

from pathlib import Path

FILE = Path(__file__).resolve().parent / "RESULTS.md"


def sections():
    """What stands in front of the first section, and the sections by heading."""
    parts = FILE.read_text().split("\n## ")
    found = {}
    for part in parts[1:]:
        text = "## " + part.rstrip("\n") + "\n"
        found[text.splitlines()[0]] = text
    return parts[0].rstrip("\n") + "\n", found


def write(front, found):
    FILE.write_text("\n".join([front, *found.values()]))


def replace_front(text):
    write(text.rstrip("\n") + "\n", sections()[1])


def replace_section(heading, text):
    front, found = sections()
    found[heading] = text
    write(front, found)
