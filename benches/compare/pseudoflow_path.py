"""The whole path by PyPI pseudoflow (Hochbaum's parametric HPF): pseudoflow_path.py PROGRAM LAMBDA_HIGH

The package wants capacities that grow with lambda at the source: the graph is reversed. Source -> resource with capacity
lambda c_r; source -> decision with gain < 0; decision with gain > 0 -> sink; unbounded from resources to users and from parents to
children. What is on the sink side is selected.

It computes in doubles with an absolute tolerance of 1e-8: gains are divided by a power of two that brings their sum to
about 2^20, so that rounding stays below the tolerance. The cut of every interval of lambda is handed back as its exact
gain and cost, computed here in integers.
"""

import importlib.metadata
import math
import sys
import time

import networkx as nx
import numpy as np
import pseudoflow

from program import Program, peak_mib, report, reset_peak


def main(path, high):
    program = Program(path)
    n, m = len(program.gains), len(program.costs)
    source, sink = n + m, n + m + 1
    reset_peak()
    base = peak_mib()

    start = time.perf_counter()
    positive, negative = np.flatnonzero(program.gains > 0), np.flatnonzero(program.gains < 0)
    total = float(program.gains[positive].sum())
    unit = 2.0 ** max(0, math.ceil(math.log2(max(total, 1.0))) - 20)
    gains = program.gains / unit
    children = np.flatnonzero(program.parents >= 0)
    # More than everything at the highest lambda.
    unbounded = 2.0 * (total / unit + high / unit * float(program.costs.sum()))
    graph = nx.DiGraph()
    graph.add_nodes_from(range(n + m + 2))

    def add(tails, heads, constants, multipliers):
        tails, heads, constants, multipliers = (array.tolist() for array in np.broadcast_arrays(tails, heads, constants, multipliers))
        graph.add_edges_from((a, b, {"const": c, "mult": d}) for a, b, c, d in zip(tails, heads, constants, multipliers))

    add(source, n + np.arange(m), 0.0, program.costs.astype(float))
    add(source, negative, -gains[negative], 0.0)
    add(positive, sink, gains[positive], 0.0)
    add(n + program.use_resource, program.user(), unbounded, 0.0)
    add(program.parents[children], children, unbounded, 0.0)
    built = time.perf_counter()
    breakpoints, cuts, info = pseudoflow.hpf(
        graph, source, sink, const_cap="const", mult_cap="mult", lambdaRange=[0.0, high / unit], roundNegativeCapacity=False
    )
    called = time.perf_counter()
    peak = peak_mib()

    vertices = []
    for interval, upper in enumerate(breakpoints):
        selected = np.fromiter((cuts[v][interval] == 0 for v in range(n)), bool, n)
        if not selected[program.parents[children[selected[children]]]].all():
            raise SystemExit(f"the cut of interval {interval} is not closed")
        uses = np.repeat(selected, np.diff(program.use_start))
        paid = np.zeros(m, bool)
        paid[program.use_resource[uses]] = True
        vertices.append([upper * unit, int(program.gains[selected].sum()), int(program.costs[paid].sum())])
    report(
        version=importlib.metadata.version("pseudoflow"),
        vertices=vertices,
        build_seconds=built - start,
        # The C code alone, by its own clock; the Python around it is reported apart.
        solve_seconds=info["readDataTime"] + info["intializationTime"] + info["solveTime"],
        call_seconds=called - built,
        base_mib=base,
        call_peak_mib=peak,
    )


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
