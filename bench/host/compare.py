"""Host cost: batches over XRT's noop shim, and packing. usage: compare.py GATEWRIGHT HOST_BENCH OUTPUT.json"""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

program, bench, report = sys.argv[1], sys.argv[2], Path(sys.argv[3])
GOAL_US, GOAL_GBPS = 10.0, 2.5
WAYS = {"in_place_us": "events in the card's buffer already", "packed_us": "events in the card's layout, copied", "float64_us": "float64, packed",
        "predict_us": "float64, predict()", "two_under_way_us": "in place, two under way"}


def noop(folder: Path) -> dict:
    model = Path(__file__).parents[2] / "tests/fixtures/models/hls4ml_00.keras"
    bundle, cards = folder / "net.gw", folder / "xrt"
    subprocess.run([program, "build", model, "-o", bundle], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([program, "card", bundle, "-o", cards], check=True, stdout=subprocess.DEVNULL)
    # The noop shim needs nothing of a simulated card but where XRT's libraries lie.
    command = f"unset LD_PRELOAD; . '{cards}/setup.sh'; unset LD_PRELOAD; XCL_EMULATION_MODE=noop exec '{bench}' overhead '{bundle}' '{next(cards.glob('*.xclbin'))}'"
    done = subprocess.run(["setsid", "-w", "bash", "-c", command], check=True, capture_output=True, text=True, cwd=folder)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        overhead = noop(Path(name))
    packing = json.loads(subprocess.run([bench, "packing"], check=True, capture_output=True, text=True).stdout)
    print(f"us per batch (medians of {overhead['rounds']} rounds of {overhead['batches_a_round']}): ours, and above the bare loop of XRT's calls\n")
    print("| events a batch | bytes in, out | bare loop | " + " | ".join(WAYS.values()) + " |\n" + "|---" * (3 + len(WAYS)) + "|")
    for row in overhead["rows"]:
        bare = row["bare_us"]["median"]
        cells = [f"{row[way]['median']:.2f} (+{row[way]['median'] - bare:.2f})" for way in WAYS]
        print(f"| {row['events']} | {row['input_bytes']}, {row['output_bytes']} | {bare:.2f} | " + " | ".join(cells) + " |")
    one = overhead["rows"][0]
    worst = max(one[way]["median"] - one["bare_us"]["median"] for way in WAYS)
    print(f"\nhost overhead per batch: {worst:.2f} us at most for one event (goal {GOAL_US:g})\n")
    print("GB/s of one core, 16,384 events a time\n\n| elements | rounding, overflow | float64 in | packed out | float32 in | packed out | unpacked, float64 out |\n|---|---|---|---|---|---|---|")
    for row in packing:
        keys = ("float64_in_GBps", "float64_packed_out_GBps", "float32_in_GBps", "float32_packed_out_GBps", "unpack_float64_out_GBps")
        print(f"| {row['case']} | {row['rounding']}, {row['overflow']} | " + " | ".join(f"{row[key]:.2f}" for key in keys) + " |")
    least = min(min(row["float64_in_GBps"], row["float32_in_GBps"]) for row in packing)
    print(f"\nslowest, of what goes in: {least:.2f} GB/s (goal {GOAL_GBPS:g})")
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(json.dumps({"machine": {"load": os.getloadavg()}, "overhead": overhead, "packing": packing}, indent=2))


if __name__ == "__main__":
    main()
