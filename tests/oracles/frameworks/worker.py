"""Runs in a framework's own virtual environment (see make_cases): makes the cases of a range of seeds, two at a time."""
import argparse
import importlib
import multiprocessing
import os
import signal
import sys
import traceback
from pathlib import Path

import cases

MODULES = {"keras3": "keras_models", "keras2": "keras_models", "onnx": "onnx_models", "qonnx": "qonnx_models",
           "hgq2": "hgq2_models", "hgq1": "hgq1_models", "hls4ml": "hls4ml_models", "qkeras": "qkeras_models", "qkeras3": "qkeras_models",
           "brevitas": "brevitas_models"}
SECONDS_A_CASE = int(os.environ.get("ORACLE_SECONDS", "90"))  # some frameworks loop for ever on some models


def make_one(work) -> str | None:
    """Makes a case; the answer is an error message, or None."""
    framework, family, seed, round_, out = work
    name = f"{family}_{seed:04d}"
    if (Path(out) / name).exists():
        return None
    signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(TimeoutError("too slow")))
    signal.alarm(SECONDS_A_CASE)
    try:
        module = importlib.import_module(MODULES[framework])
        with cases.Case(out, name) as case:
            case.info.update(framework=framework, family=family, seed=seed)
            module.make(case, framework, family, cases.generator(framework, family, seed), round_)
    except Exception:
        return f"{framework}/{name}: {traceback.format_exc(limit=-4)}"
    finally:
        signal.alarm(0)
    return None


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("framework")
    parser.add_argument("--out")
    parser.add_argument("--seeds")
    parser.add_argument("--family")
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    families = list(importlib.import_module(MODULES[options.framework]).families(options.framework))
    if options.list:
        print("\n".join(families))
        return 0
    first, _, last = options.seeds.partition("-")
    work = []
    for seed in range(int(first), int(last or first) + 1):
        family = options.family or families[seed % len(families)]
        work.append((options.framework, family, seed, seed // len(families), options.out))
    # tensorflow_model_optimization 0.8 sets it: in the children QKeras would then sit upon tf_keras, not keras.
    os.environ.pop("TF_USE_LEGACY_KERAS", None)
    failed = 0
    if options.jobs == 1:  # in this very process
        for one in work:
            if problem := make_one(one):
                failed += 1
                print(problem, file=sys.stderr, flush=True)
        return 1 if failed else 0
    with multiprocessing.get_context("spawn").Pool(options.jobs) as pool:
        for problem in pool.imap_unordered(make_one, work):
            if problem:
                failed += 1
                print(problem, file=sys.stderr, flush=True)
    print(f"{options.framework}: {len(work) - failed} of {len(work)} cases in {options.out}")
    return 0 if failed < len(work) else 1


if __name__ == "__main__":
    sys.exit(main())
