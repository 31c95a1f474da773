"""One lambda = num/den by OR-tools' SimpleMaxFlow: ortools_maxflow.py PROGRAM NUM DEN

Source -> decision with gain > 0; decision with gain < 0 -> sink; resource -> sink; unbounded along pairs. All capacities are
integers, times den. Then max objective = sum of the positive gains - maximum flow.
"""

import sys
import time

import numpy as np
from ortools.graph.python import max_flow
import ortools

from program import Program, peak_mib, report, reset_peak


def main(path, num, den):
    program = Program(path)
    n, m = len(program.gains), len(program.costs)
    source, sink = n + m, n + m + 1
    reset_peak()
    base = peak_mib()

    start = time.perf_counter()
    gains = program.gains * den
    positive, negative = np.flatnonzero(gains > 0), np.flatnonzero(gains < 0)
    children = np.flatnonzero(program.parents >= 0)
    # Nothing carries more than all there is.
    unbounded = int(gains[positive].sum())
    tails = [np.full(len(positive), source), negative, children, program.user(), n + np.arange(m)]
    heads = [positive, np.full(len(negative), sink), program.parents[children], n + program.use_resource, np.full(m, sink)]
    capacities = [
        gains[positive],
        -gains[negative],
        np.full(len(children) + len(program.use_resource), unbounded),
        program.costs * num,
    ]
    solver = max_flow.SimpleMaxFlow()
    solver.add_arcs_with_capacity(
        np.concatenate(tails).astype(np.int32),
        np.concatenate(heads).astype(np.int32),
        np.concatenate(capacities).astype(np.int64),
    )
    built, cpu = time.perf_counter(), time.process_time()
    status = solver.solve(source, sink)
    solved, cpu = time.perf_counter(), time.process_time() - cpu
    if status != solver.OPTIMAL:
        raise SystemExit(f"OR-tools ended with {status}")
    report(
        version=ortools.__version__,
        objective=str(unbounded - solver.optimal_flow()),
        build_seconds=built - start,
        solve_seconds=solved - built,
        cpu_seconds=cpu,
        base_mib=base,
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
