"""The estimator beside Yosys. usage: compare.py ESTIMATE_BENCH HGQ_JETS KEPT OUTPUT.json

Two sets of designs. On the calibration set the coefficients are fitted (printed, in the form that src/estimate/calibration.cpp holds). On the
held-out set, other seeds of its families and whole families and models that it has none of, nothing is: its errors are the ones that count.
Designs below 30 LUT or 10 FF are left out, and counted: an error of one cell is no error in percent there.
"""
import json
import statistics
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

ROLES = ["sum", "conversion", "choice", "product", "table"]
PLANS = [(2, 2), (3, 3), (4, 2), (6, 3)]  # clock in ns, operands of a chain; design number i takes plan i modulo 4
SMALLEST_LUT, SMALLEST_FF = 30, 10


def designs(jets: Path) -> list:
    """(set, family, design, clock, operands)"""
    chosen = []

    def families(name: str, names: list, seeds: range) -> None:
        for number, family in enumerate(names):
            chosen.extend((name, family, f"{family}:{seed}", *PLANS[(seed + number) % len(PLANS)]) for seed in seeds)

    families("calibration", ["dense", "narrow", "rounding", "tables", "products"], range(1, 9))
    families("held out", ["dense", "narrow", "rounding", "products"], range(101, 105))
    families("held out", ["tables"], range(105, 109))  # 102 showed how Yosys weighs block memories: it is held out no more
    families("held out", ["wide", "windows", "softmax", "ops"], range(101, 107))
    families("held out", ["trigger"], range(1, 2))
    models = [("fixture", path) for path in sorted(Path("tests/fixtures/models").glob("hls4ml_0[0-9].keras"))]
    models += [("HGQ jets", path) for path in sorted(jets.glob("*.keras"))]
    for number, (family, path) in enumerate(models):
        chosen.append(("held out", family, str(path), *PLANS[number % len(PLANS)]))
    return chosen


def measured(program: str, kept: str, chosen: list) -> list:
    rows, left_out = [], 0
    for number, (which, family, design, clock, operands) in enumerate(chosen):
        run = subprocess.run([program, design, str(clock), str(operands), kept], capture_output=True, text=True)
        if run.returncode != 0:
            raise SystemExit(f"{design}: {run.stdout[-1000:]}{run.stderr[-1000:]}")
        row = {"set": which, "family": family} | json.loads(run.stdout)
        print(f"\r{number + 1} of {len(chosen)}: {Path(design).name:30}", end="", file=sys.stderr, flush=True)
        if row["yosys"]["lut"] < SMALLEST_LUT or row["yosys"]["ff"] < SMALLEST_FF:
            left_out += 1
        else:
            rows.append(row)
    print(f"\r{len(rows)} designs, {left_out} too small for an error in percent{'':20}", file=sys.stderr)
    return rows


def solved(matrix: list, right: list) -> list:
    """Gaussian elimination; the matrix is symmetric and positive definite."""
    n = len(right)
    rows = [matrix[i][:] + [right[i]] for i in range(n)]
    for i in range(n):
        for j in range(i + 1, n):
            factor = rows[j][i] / rows[i][i]
            rows[j] = [a - factor * b for a, b in zip(rows[j], rows[i])]
    result = [0.0] * n
    for i in reversed(range(n)):
        result[i] = (rows[i][n] - sum(rows[i][j] * result[j] for j in range(i + 1, n))) / rows[i][i]
    return result


def fitted(rows: list) -> dict:
    """The factors with the least sum of relative errors without their signs, by reweighted least squares: most designs are met within one in a
    thousand, and a few that are far off should not move them. A weak pull to 1 settles what the set leaves open."""
    pull, factors = 0.01, [1.0] * len(ROLES)
    shares, rests = [], []
    for row in rows:
        total = row["yosys"]["lut"]
        shares.append([luts / total for luts in row["luts"]])
        shares[-1][0] -= row["chain_luts"] / total  # placed LUT by LUT: certain
        rests.append(1 - (row["srl"] + row["chain_luts"]) / total)
    for _ in range(50):
        matrix = [[pull * (i == j) for j in range(len(ROLES))] for i in range(len(ROLES))]
        right = [pull] * len(ROLES)
        for share, rest in zip(shares, rests):
            weight = 1 / max(abs(sum(f * x for f, x in zip(factors, share)) - rest), 0.001)
            for i, x in enumerate(share):
                right[i] += weight * x * rest
                for j, y in enumerate(share):
                    matrix[i][j] += weight * x * y
        factors = solved(matrix, right)
    return {"luts": dict(zip(ROLES, factors)), "ff": statistics.median(row["yosys"]["ff"] / row["ff"] for row in rows)}


def quantile(values: list, share: float) -> float:
    values = sorted(values)
    place = share * (len(values) - 1)
    low = int(place)
    return values[low] + (place - low) * (values[min(low + 1, len(values) - 1)] - values[low])


def errors(rows: list, what: str) -> list:
    return [row["estimate"][what] / row["yosys"][what] - 1 for row in rows]


def summary(rows: list, what: str) -> dict:
    signed = errors(rows, what)
    return {"designs": len(rows), "median_error": statistics.median(abs(e) for e in signed), "largest_error": max(abs(e) for e in signed),
            "q10": quantile(signed, 0.1), "q90": quantile(signed, 0.9)}


def show(rows: list) -> dict:
    groups = defaultdict(list)
    for row in rows:
        groups[row["set"], row["family"]].append(row)
        groups[row["set"], "all"].append(row)
    print(f"{'set':12} {'family':10} {'designs':>7} | {'LUT: median':>11} {'largest':>8} | {'FF: median':>10} {'largest':>8} | {'estimate ms':>11} {'Yosys s':>8}")
    table = {}
    for (which, family), members in groups.items():
        lut, ff = summary(members, "lut"), summary(members, "ff")
        spent = statistics.median(row["estimate_ms"] for row in members)
        yosys = statistics.median(row["yosys"]["seconds"] for row in members)
        table[f"{which}: {family}"] = {"lut": lut, "ff": ff, "estimate_ms": spent, "yosys_s": yosys}
        print(f"{which:12} {family:10} {len(members):7} | {100 * lut['median_error']:10.1f}% {100 * lut['largest_error']:7.1f}% | "
              f"{100 * ff['median_error']:9.1f}% {100 * ff['largest_error']:7.1f}% | {spent:11.1f} {yosys:8.1f}")
    return table


def main() -> None:
    program, jets, kept, report = sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4]
    rows = measured(program, kept, designs(jets))
    table = show(rows)
    fit = fitted([row for row in rows if row["set"] == "calibration"])
    print("fitted: LUT " + ", ".join(f"{role} {value:.3f}" for role, value in fit["luts"].items()) + f"; FF {fit['ff']:.3f}")
    for what in ("lut", "ff"):
        held = table["held out: all"][what]
        print(f"{what.upper()} errors of the held-out designs: one in ten is below {100 * held['q10']:+.1f} %, one in ten above {100 * held['q90']:+.1f} %")
    with open(report, "w") as file:
        json.dump({"tool": rows[0]["yosys"]["tool"], "fit": fit, "table": table, "rows": rows}, file, indent=1)
    worst = max(table["held out: all"][what]["median_error"] for what in ("lut", "ff"))
    if worst > 0.10:
        raise SystemExit(f"a median error of {100 * worst:.1f} % on held-out designs: at most 10 % is the aim")


main()
