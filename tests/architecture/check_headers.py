"""Every header compiles alone. usage: check_headers.py ROOT COMPILER

A header whose own source includes it first was compiled alone by the build (of the release, which precompiles nothing);
only the others are compiled here.
"""
import subprocess
import sys
import tempfile
from pathlib import Path


def first_include(source: Path) -> str:
    """What its first #include names, without quotes; empty where there is no such source."""
    if not source.exists():
        return ""
    lines = (line for line in source.read_text().splitlines() if line.startswith("#include"))
    return next(lines, "").removeprefix("#include").strip(' "<>')


def main() -> int:
    root, compiler = Path(sys.argv[1]), sys.argv[2]
    rooms = (root / "src", root / "apps")
    headers = [(h, h.relative_to(r)) for r in rooms for h in sorted(r.rglob("*.hpp")) if not h.name.endswith("-inl.hpp")]
    built = {h for h, name in headers if first_include(h.with_suffix(".cpp")) == str(name)}
    headers = [h for h, _ in headers]
    # libtorch's are C++17 and private to src/train, whose own build compiles them
    sees_torch = {h for h in headers if "#include <torch/" in h.read_text()}
    while more := {h for h in headers if any(f'"{p.parent.name}/{p.name}"' in h.read_text() for p in sees_torch)} - sees_torch:
        sees_torch |= more
    headers = [h for h in headers if h not in sees_torch | built]
    base = [compiler, "-std=c++20", "-fsyntax-only", "-w", f"-I{root}/src", f"-I{root}/apps", "-isystem", "/usr/include/hdf5/serial",
            "-DONNX_ML=1", "-DONNX_NAMESPACE=onnx"]
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        alone = Path(folder) / "alone.cpp"
        for header in headers:
            alone.write_text(f'#include "{header}"\n#include "{header}"\n')
            result = subprocess.run([*base, str(alone)], capture_output=True, text=True)
            if result.returncode != 0:
                failed += 1
                print(f"{header.relative_to(root)} does not compile alone:\n{result.stderr[:2000]}")
    print(f"{len(headers) - failed} of {len(headers)} other headers compile alone; {len(built)} were built first by their sources")
    return 1 if failed or not headers else 0


if __name__ == "__main__":
    sys.exit(main())
