"""PYNQ 4.0.0's client against two servers in turn. usage: compare.py GATEWRIGHT OUTPUT.json"""
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

CLIENT = """
import json, sys, time
import numpy as np
from pynq import MMIO, allocate
registers = MMIO(0xA0030000, 0x1000)
def rate(call, seconds=2.0):
    call()
    begin, count = time.perf_counter(), 0
    while time.perf_counter() - begin < seconds:
        call(); count += 1
    return count / (time.perf_counter() - begin)
result = {"reads": rate(lambda: registers.read(8)), "writes": rate(lambda: registers.write(8, 5))}
for size in (1 << 20, 16 << 20):
    x = allocate((size,), np.uint8)
    x[:] = np.arange(size) % 251
    result[f"to_{size >> 20}"] = rate(x.sync_to_device) * size / 2**20
    kept = np.array(x); x[:] = 0
    result[f"from_{size >> 20}"] = rate(x.sync_from_device) * size / 2**20
    assert np.array_equal(x, kept)
print(json.dumps(result))
"""
ROUNDS = 3
program, report = sys.argv[1], Path(sys.argv[2])


def measured(command, address):
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        server.stdout.readline()
        environment = {**os.environ, "PYNQ_REMOTE_DEVICES": address}
        done = subprocess.run([sys.executable, "-c", CLIENT], env=environment, capture_output=True, text=True, check=True)
        return json.loads(done.stdout.splitlines()[-1])
    finally:
        server.terminate()
        server.wait()


def main() -> None:
    folder = Path(tempfile.mkdtemp())
    model = Path(__file__).parents[2] / "tests/fixtures/models/hls4ml_00.keras"
    subprocess.run([program, "build", str(model), "-o", str(folder / "net.gw")], check=True, stdout=subprocess.DEVNULL)
    runs = {"gatewright": [], "python": []}
    for k in range(ROUNDS):
        address = f"127.9.{os.getpid() % 250}.{k + 1}"
        runs["gatewright"].append(measured([program, "card", str(folder / "net.gw"), "--pynq-remote", "--listen", address], address))
        address = f"127.8.{os.getpid() % 250}.{k + 1}"
        runs["python"].append(measured([sys.executable, str(Path(__file__).with_name("python_server.py")), address], address))
    median = {name: {key: statistics.median(run[key] for run in all_runs) for key in all_runs[0]} for name, all_runs in runs.items()}
    names = {"reads": "register reads/s", "writes": "register writes/s", "to_1": "1 MiB to the card, MiB/s", "from_1": "1 MiB from it, MiB/s",
             "to_16": "16 MiB to the card, MiB/s", "from_16": "16 MiB from it, MiB/s"}
    print(f"{'PYNQ 4.0.0 client, medians of ' + str(ROUNDS):<36} {'Gatewright':>12} {'Python':>12} {'ratio':>7}")
    for key, name in names.items():
        ours, theirs = median["gatewright"][key], median["python"][key]
        print(f"{name:<36} {ours:12.0f} {theirs:12.0f} {ours / theirs:7.2f}")
    report.write_text(json.dumps({"median": median, "runs": runs}, indent=2))


if __name__ == "__main__":
    main()
