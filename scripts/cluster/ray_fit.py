#!/usr/bin/env python3
"""Runs a plan of `closet plan` on a Ray cluster (pip install ray).

    scripts/cluster/ray_fit.py PLAN [--address auto] [--cpus 2] [--gpus 1] [--closet PROGRAM] [--retries 3] [--device cuda]

Without --address Ray starts on this machine. `--workers`: how many works at a time it may do there. `--cpus`, `--gpus`: what one
work takes. Works that render wait for the poses of their clip; works that fail and works of nodes that die are tried again.
Plan, clips and program must be reached under the same names on all nodes. To go on after a failure, run it again.
"""
import argparse, json, pathlib, shutil, subprocess, sys, time

import ray


def run_work(closet, plan, work, device, *_after):
    """Does one work. `_after`: the works that come first, so that Ray waits for them."""
    begin = time.time()
    command = [closet, "run-unit", plan, str(work), "-q"] + (["--device", device] if device else [])
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"work {work}: {done.stderr.strip()}")
    return {"work": work, "node": ray.get_runtime_context().get_node_id()[:8], "begin": begin, "end": time.time()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plan", type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--address", help="of a cluster; auto finds one that runs here")
    parser.add_argument("--workers", type=int, help="without --address; else as many as there are cores")
    parser.add_argument("--cpus", type=float, default=1)
    parser.add_argument("--gpus", type=float, default=0)
    parser.add_argument("--closet", default="closet", help="the program, under the name that it has on all nodes")
    parser.add_argument("--retries", type=int, default=3)
    parser.add_argument("--device", help="as closet run-unit takes it")
    options = parser.parse_args()
    closet = shutil.which(options.closet)
    if not closet:
        sys.exit(f"there is no program {options.closet}: give --closet")
    closet = str(pathlib.Path(closet).absolute())
    ray.init(address=options.address, num_cpus=None if options.address else options.workers, include_dashboard=False,
             logging_level="warning")
    task = ray.remote(num_cpus=options.cpus, num_gpus=options.gpus, max_retries=options.retries,
                      retry_exceptions=True)(run_work)
    with open(options.plan) as lines:
        works = [json.loads(line) for line in lines][1:]
    runs = []
    for work in works:
        runs.append(task.remote(closet, str(options.plan), work["work"], options.device,
                                *[runs[first] for first in work["after"]]))
    times, failures = [], []
    for work, run in zip(works, runs):
        try:
            times.append(ray.get(run))
        except ray.exceptions.RayError as error:
            failures.append(work["work"])
            print(f"work {work['work']} failed: {str(error).strip().splitlines()[-1]}", file=sys.stderr)
    if times:
        nodes = {}
        for run in times:
            nodes[run["node"]] = nodes.get(run["node"], 0) + 1
        print(f"{len(times)} of {len(works)} works done, "
              f"{max(run['end'] for run in times) - min(run['begin'] for run in times):.1f} s from the first to the last, "
              f"{sum(run['end'] - run['begin'] for run in times):.1f} s of all together; works by node: "
              f"{', '.join(f'{node} {count}' for node, count in sorted(nodes.items()))}")
    joined = subprocess.run([closet, "join", str(options.plan)], stdin=subprocess.DEVNULL)
    sys.exit(1 if failures or joined.returncode != 0 else 0)


if __name__ == "__main__":
    main()
