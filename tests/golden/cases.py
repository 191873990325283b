"""Cases of tests/golden: a text file with the files of a configuration, mistakes in them, and what `sluice check` says.

    --- apis/a/policy.xml
    <policies> ...
    --- expected
    apis/a/policy.xml:3:5: error: ...

What a case does not have itself is that of BASE: an API `a` with the operation `x`, and a product `p` with that API.
"""

import json
import re
import subprocess
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
EXPECTED = "expected"
BASE = {
    "apis/a/apiInformation.json": json.dumps({"properties": {
        "displayName": "a", "path": "a", "protocols": ["https"], "serviceUrl": "https://backend.test"}}),
    "apis/a/specification.yaml": "openapi: 3.0.1\ninfo: {title: a, version: '1'}\n"
                                 "paths: {/x: {get: {operationId: x, responses: {'200': {description: x}}}}}\n",
    "products/p/productInformation.json": json.dumps({"properties": {"displayName": "p", "state": "published"}}),
    "products/p/apis/a/productApiInformation.json": "{}",
}


def all_cases():
    return sorted(FOLDER.glob("*/*.golden"))


def read(path):
    """Name -> text, in the file's order; EXPECTED is one of them."""
    parts = re.split(r"^--- (.+)\n", path.read_text(), flags=re.MULTILINE)
    assert parts[0] == "", f"{path}: begins with no `--- NAME` line"
    return dict(zip(parts[1::2], parts[2::2]))


def write(path, parts):
    path.write_text("".join(f"--- {name}\n{text}" for name, text in parts.items()))


def check(parts, folder, sluice):
    """What `sluice check` says of the case, with its exit code at the end."""
    folder.mkdir(parents=True)
    for name, text in (BASE | parts).items():
        if name == EXPECTED:
            continue
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    told = subprocess.run([sluice, "check", "."], cwd=folder, capture_output=True, text=True, timeout=60)
    said = (told.stdout + told.stderr).replace(str(folder), "FOLDER")
    lines = [line.removeprefix("./").rstrip() for line in said.splitlines()]
    return "\n".join(lines) + f"\nexit {told.returncode}\n"
