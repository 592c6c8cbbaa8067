"""Checks the source tree against docs/architecture.md: includes point one way, files stay short.

usage: check_tree.py ROOT [--self-test]
"""
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

# A room may include itself and the rooms before it.
ROOMS = ["support", "fixed", "network", "import", "floating", "quantize", "emulate", "plan", "datapath", "rtl", "estimate", "stream", "shell", "hls", "bundle",
         "inspect", "verify", "formal", "synth", "device", "remote", "train", "report", "muon", "cli"]
# Three independent executions: none may see another.
APART = {"emulate": {"rtl", "hls"}, "rtl": {"emulate", "hls"}, "hls": {"emulate", "rtl"}}
LONGEST, MEDIAN, P90 = 800, 150, 400


def room_of(path: Path, root: Path) -> str | None:
    parts = path.relative_to(root).parts
    if parts[0] == "src" and len(parts) > 2:
        return parts[1]
    return "muon" if parts[:2] == ("apps", "muon") else None


def include_problems(root: Path, files: list[Path]) -> list[str]:
    found = []
    for path in files:
        room = room_of(path, root)
        if room is None:
            continue
        if room not in ROOMS:
            found.append(f"{path.relative_to(root)}: '{room}' is not a room of docs/architecture.md")
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = re.match(r'\s*#\s*include\s+"([a-z_0-9]+)/', line)
            other = match and match.group(1)
            if other in ROOMS and (ROOMS.index(other) > ROOMS.index(room) or other in APART.get(room, ())):
                found.append(f"{path.relative_to(root)}:{number}: {room}/ may not include {other}/")
    return found


def length_problems(root: Path, files: list[Path]) -> list[str]:
    lengths = {path: len(path.read_text().splitlines()) for path in files}
    found = [f"{path.relative_to(root)}: {n} lines, over {LONGEST}" for path, n in lengths.items() if n > LONGEST]
    ordered = sorted(lengths.values())
    if ordered:
        median, p90 = statistics.median(ordered), ordered[int(0.9 * (len(ordered) - 1))]
        print(f"{len(ordered)} files: median {median} lines, p90 {p90}, longest {ordered[-1]}")
        if median > MEDIAN or p90 > P90:
            found.append(f"file lengths: median {median} (at most {MEDIAN}), p90 {p90} (at most {P90})")
    return found


def self_test() -> None:
    """The check itself must be able to fail."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        bad = root / "src/fixed/bad.cpp"
        bad.parent.mkdir(parents=True)
        bad.write_text('#include "rtl/emit.hpp"\n' + "\n" * LONGEST)
        assert len(include_problems(root, [bad])) == 1 and length_problems(root, [bad])


def main() -> int:
    root = Path(sys.argv[1])
    self_test()
    listed = subprocess.run(["git", "-C", str(root), "-c", "safe.directory=*", "ls-files", "*.cpp", "*.hpp", "*.py"], check=True, capture_output=True, text=True)
    files = [root / line for line in listed.stdout.splitlines() if (root / line).is_file()]
    if not files:
        print("no source file found: is this a git checkout?")
        return 1
    found = include_problems(root, files) + length_problems(root, files)
    print("\n".join(found) or f"{len(files)} files keep the rules")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
