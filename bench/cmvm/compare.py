"""Our solver beside da4ml 0.6.0 and alkaid 0.8.2 on the same square matrices; inputs are 8 bits signed.

usage: compare.py CMVM_BENCH DA4ML_PYTHON ALKAID_PYTHON OUTPUT.json [--seconds S] [--sizes N,N...] [--kinds s,p,z] [--quick]

All counts are by one definition (peer.py), on solutions that are compared with their matrices. Times are CPU seconds of one thread, solver only. "searched" is
our local search for S seconds a matrix (default 3). With several seeds, means.
"""
import argparse
import json
import statistics
import subprocess
from pathlib import Path

CASES = [("s", n, b) for n in (8, 16, 32, 64, 128) for b in (4, 8)] + [("p", 8, 8), ("p", 16, 8)] + [("z", n, b) for n in (8, 16, 32, 64) for b in (4, 8)]
KEYS = ("adders", "adder_bits", "depth", "cpu_seconds")


def run(command: list[str]) -> dict:
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True, env={"OMP_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"}).stdout)


def row(arguments: argparse.Namespace, kind: str, n: int, bits: int, depth: str) -> dict:
    peer = str(Path(__file__).with_name("peer.py"))
    seeds = (1, 2, 3) if n <= 32 else (1,)
    commands = {}
    for objective in ("bits", "adders"):
        ours = [arguments.program, kind, str(n), str(bits), "SEED", "0" if depth == "min" else "free", objective]
        commands[objective] = ours
        if arguments.seconds > 0:
            commands[objective + ", searched"] = [*ours, str(arguments.seconds)]
    if not arguments.quick:
        for tool, python in (("da4ml", arguments.da4ml), ("alkaid", arguments.alkaid)):
            commands[tool] = [python, peer, tool, kind, str(n), str(bits), "SEED", depth]
    result = {"kind": kind, "n": n, "weight_bits": bits, "depth": depth, "seeds": len(seeds)}
    for name, command in commands.items():
        runs = [run([str(seed) if word == "SEED" else word for word in command]) for seed in seeds]
        result[name] = {key: statistics.mean(r[key] for r in runs) for key in KEYS}
        result[name]["runs"] = runs
    return result


def cell(result: dict | None) -> str:
    if result is None:
        return f"{'':31}"
    return f"{result['adders']:8.1f} {result['adder_bits']:8.0f} {result['depth']:4.1f} {result['cpu_seconds']:8.4f}"


def line(r: dict) -> str:
    names = ("bits", "bits, searched", "adders", "adders, searched", "da4ml", "alkaid")
    ratio = f"{r['bits']['cpu_seconds'] / max(r['da4ml']['cpu_seconds'], 1e-9):6.3f}" if "da4ml" in r else ""
    return f"{r['kind']} {r['n']:3} {r['weight_bits']}b {r['depth']:4} | " + " | ".join(cell(r.get(name)) for name in names) + f" | {ratio}"


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("program", "da4ml", "alkaid", "report"):
        parser.add_argument(name)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--sizes", default="8,16,32,64,128")
    parser.add_argument("--kinds", default="s,p,z")
    parser.add_argument("--quick", action="store_true", help="ours only")
    arguments = parser.parse_args()
    sizes = [int(text) for text in arguments.sizes.split(",")]
    report = Path(arguments.report)
    print("each: adders, adder bits, depth, CPU s.   ours for bits | searched | for adders | searched | da4ml 0.6.0 | alkaid 0.8.2 | CPU ours for bits / da4ml", flush=True)
    rows = []
    for kind, n, bits in CASES:
        for depth in ("min", "free"):
            if n in sizes and kind in arguments.kinds.split(","):
                rows.append(row(arguments, kind, n, bits, depth))
                print(line(rows[-1]), flush=True)
                part = report.with_suffix(".part")
                part.write_text(json.dumps({"peers": ["da4ml 0.6.0", "alkaid 0.8.2"], "search_seconds": arguments.seconds, "rows": rows}, indent=1))
                part.rename(report)


if __name__ == "__main__":
    main()
