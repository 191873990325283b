#!/usr/bin/env python3
"""The first file of a policy's mistakes, made from its tables in docs/reference/policies.md: each attribute missing, unknown
and wrong, expressions broken and where there may be none, unknown children, other sections and scopes. More mistakes are
added to the file by hand.

usage: seed.py NAME...    then test_diagnostics.py NAME... for what is expected
"""

import re
import sys
from pathlib import Path

import cases

REFERENCE = Path(__file__).resolve().parents[2] / "docs/reference/policies.md"
SECTIONS = ["inbound", "backend", "outbound", "on-error"]
PLACES = {"global": "policy.xml", "product": "products/p/policy.xml", "operation": "apis/a/operations/x/policy.xml"}
ROW = re.compile(r"^\| `([^`]+)` \| (.+?) \| (.*?) \| (yes|no) \|", re.MULTILINE)


class Part:
    """An element: the policy, or one in it."""

    def __init__(self, text):
        self.attributes = [(name, kind, default == "required", expression == "yes")
                           for name, kind, default, expression in ROW.findall(text)]
        self.children = {}

    def missing(self):
        return {}

    def right(self):
        return {name: right(kind) for name, kind, required, _ in self.attributes if required}

    def wrong(self):
        return self.right() | {name: wrong(kind) for name, kind, _, _ in self.attributes if wrong(kind)}

    def broken(self):
        return {name: "@(1 +)" if expression else "@(1)" for name, _, _, expression in self.attributes}


def wrong(kind):
    if kind.startswith("`"):
        return "nope"
    return {"true or false": "perhaps", "seconds": "soon", "text": ""}.get(kind, "x")


def right(kind):
    if kind.startswith("`"):
        return re.match(r"`([^`]*)`", kind).group(1)
    return {"true or false": "true", "seconds": "1", "text": "a"}.get(kind) or re.match(r"-?\d+|", kind).group(0) or "1"


def parse(name, reference):
    text = re.search(rf"^## {re.escape(name)}\n(.*?)(?=^## |\Z)", reference, re.MULTILINE | re.DOTALL).group(1)
    pieces = re.split(r"^`([^`]+ › [^`]+)`", text, flags=re.MULTILINE)
    root = Part(pieces[0])
    for path, piece in zip(pieces[1::2], pieces[2::2]):
        part = root
        for step in path.split(" › ")[1:-1]:
            part = part.children.setdefault(step, Part(""))
        part.children[path.split(" › ")[-1]] = Part(piece)
    row = re.search(rf"^\| \[{re.escape(name)}\]\(\S+\) \| (.*?) \| (.*?) \|", reference, re.MULTILINE)
    sections = SECTIONS if row.group(1) == "all" else row.group(1).split(", ")
    scopes = ["global", "product", "API", "operation"] if row.group(2) == "all" else row.group(2).split(", ")
    return root, sections, scopes


def element(name, attributes, inside="", indent=4):
    text = "".join(f' {key}="{value}"' for key, value in attributes.items())
    blank = " " * indent
    return f"{blank}<{name}{text} />\n" if not inside else f"{blank}<{name}{text}>\n{inside}{blank}</{name}>\n"


def children(part, kind, indent):
    made = ""
    for name, child in part.children.items():
        attributes = getattr(child, kind)()
        made += element(name, attributes, children(child, kind, indent + 2), indent)
        if kind == "missing":
            made += element(name, {"no-such-attribute": "1"}, f"{' ' * (indent + 2)}<no-such-element />\n", indent)
    return made


def mistakes(name, root):
    kinds = [element(name, {"no-such-attribute": "1"}, "      some text\n      <no-such-element />\n")]
    kinds += [element(name, getattr(root, kind)(), children(root, kind, 6)) for kind in ("missing", "wrong", "broken")]
    return list(dict.fromkeys(kinds))


def document(elements_by_section):
    sections = "".join(f"  <{section}>\n{text}  </{section}>\n" for section, text in elements_by_section.items() if text)
    return f"<policies>\n{sections}</policies>\n"


def make(name, reference):
    root, sections, scopes = parse(name, reference)
    whole = element(name, root.right(), children(root, "right", 6))
    own = {section: whole if section not in sections else "" for section in SECTIONS}
    own[sections[0]] = "".join(mistakes(name, root))
    place = next((PLACES[scope] for scope in ("global", "product") if "API" not in scopes and scope in scopes),
                 "apis/a/policy.xml")
    parts = {place: document(own)}
    for scope, file in (PLACES | {"API": "apis/a/policy.xml"}).items():
        if scope not in scopes:
            parts[file] = document({sections[0]: whole})
    cases.write(cases.FOLDER / "policies" / f"{name}.golden", parts | {cases.EXPECTED: ""})


def main():
    reference = REFERENCE.read_text()
    for name in sys.argv[1:]:
        make(name, reference)


if __name__ == "__main__":
    main()
