"""Compiles every public header alone. usage: check_headers.py ROOT COMPILER"""
import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> int:
    root, compiler = Path(sys.argv[1]), sys.argv[2]
    headers = [h for h in sorted([*root.glob("src/*/*.hpp"), *root.glob("apps/*/*.hpp")]) if not h.name.endswith("-inl.hpp")]
    # libtorch's are C++17 and private to src/train, whose own build compiles them
    sees_torch = {h for h in headers if "#include <torch/" in h.read_text()}
    while more := {h for h in headers if any(f'"{p.parent.name}/{p.name}"' in h.read_text() for p in sees_torch)} - sees_torch:
        sees_torch |= more
    headers = [h for h in headers if h not in sees_torch]
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
    print(f"{len(headers) - failed} of {len(headers)} headers compile alone")
    return 1 if failed or not headers else 0


if __name__ == "__main__":
    sys.exit(main())
