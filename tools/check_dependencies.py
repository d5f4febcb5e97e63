#!/usr/bin/env python3
"""Checks what this project depends on, on all platforms, the fuzz targets too: each crate's licence is one of those
below, and each crate comes from crates.io or from this tree. Asks Cargo alone, so nothing is installed:

  tools/check_dependencies.py
"""

import re
import subprocess
import sys

ALLOWED = {"MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "Unicode-3.0"}
# What links libFuzzer is never shipped.
ALSO = {"libfuzzer-sys": {"NCSA"}}


def allows(expression, allowed):
    """Whether an SPDX expression (or the older `A/B`) can be met with licences of `allowed`."""
    words = re.findall(r"\(|\)|\w[\w.+-]*(?: WITH [\w.-]+)?", expression.replace("/", " OR "))
    said = {"OR": "or", "AND": "and", "(": "(", ")": ")"}
    try:
        return bool(eval(" ".join(said.get(word, str(word in allowed)) for word in words)))
    except SyntaxError:
        return False


def crates(manifest):
    """Name, version, source in brackets if it is not crates.io, and licence of each crate behind a manifest."""
    command = ["cargo", "tree", "--manifest-path", manifest, "--workspace", "--locked", "--target", "all", "--prefix", "none",
               "--edges", "normal,build,dev", "--no-dedupe", "--format", "{p}\t{l}"]
    listed = subprocess.run(command, capture_output=True, text=True)
    if listed.returncode:
        sys.exit(listed.stderr)
    return {tuple(line.removesuffix(" (*)").split("\t")) for line in listed.stdout.splitlines() if line}


root = subprocess.run(["git", "rev-parse", "--show-toplevel"], capture_output=True, text=True, check=True).stdout.strip()
found = set().union(*(crates(f"{root}/{manifest}") for manifest in ("Cargo.toml", "fuzz/Cargo.toml")))
wrong = []
for crate, licence in sorted(found):
    name = crate.split()[0]
    for place in re.findall(r"\((?!proc-macro\))(.*?)\)", crate):
        if not place.startswith(root):
            wrong.append(f"{crate} comes neither from crates.io nor from this tree")
    if not allows(licence, ALLOWED | ALSO.get(name, set())):
        wrong.append(f"{crate}: licence {licence or 'unknown'} is not allowed")
for line in wrong:
    print(line)
print(f"{len(found)} crates, {len(wrong)} not allowed")
sys.exit(bool(wrong))
