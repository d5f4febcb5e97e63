#!/usr/bin/env python3
"""Records the ranges of a model on a Ray cluster: one task a part of the records, then one file."""

import argparse
import pathlib
import subprocess

import ray


@ray.remote(num_cpus=1, max_retries=5, retry_exceptions=True)
def part(command, output):
    """Runs one command where the worker is; what it had done before it died it does not do again."""
    subprocess.run([*command, "--threads", "1", "--resume", "-o", output], check=True)
    return output


def merged(args, folder, name, options):
    """The recording of all parts."""
    command = [args.quant, "record", args.model, "--data", args.data, *options]
    tasks = [
        part.remote([*command, "--shard", f"{i}/{args.parts}"], str(folder / f"{name}-{i}.qstat"))
        for i in range(args.parts)
    ]
    output = folder / f"{name}.qstat"
    subprocess.run([args.quant, "record", "--merge", *ray.get(tasks), "-o", output], check=True)
    return output


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quant", default="quant", help="the program, where every worker finds it")
    parser.add_argument("--model", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--observer", default="minmax")
    parser.add_argument("--option", action="append", default=[], help="another option of `quant record`, as in --option=--preset=mobilenet")
    parser.add_argument("--parts", type=int, default=8)
    parser.add_argument("--address", help="of a cluster that runs, as auto")
    parser.add_argument("--workers", type=int, default=4, help="of a local cluster")
    parser.add_argument("-o", "--output", type=pathlib.Path, required=True)
    args = parser.parse_args()
    local = {} if args.address else {"num_cpus": args.workers, "include_dashboard": False}
    ray.init(address=args.address, log_to_driver=False, **local)
    folder = args.output.absolute().parent / f"{args.output.stem}.parts"
    folder.mkdir(parents=True, exist_ok=True)
    observer = ["--observer", args.observer, *args.option]
    if args.observer in ("kl", "mse"):
        edges = merged(args, folder, "edges", ["--observer", "minmax", *args.option])
        observer += ["--edges", str(edges)]
    merged(args, folder, "part", observer).replace(args.output)


if __name__ == "__main__":
    main()
