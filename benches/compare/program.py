"""What the peers share: the program file that the bench writes, and the line of measurements that it reads.

The file is little-endian: 8 bytes of magic; int64 D, R, U; int64 gains (D); int64 costs (R); int64 use_start (D + 1);
int32 parents (D, -1 for none); int32 use_resource (U). Decision v uses use_resource[use_start[v]:use_start[v + 1]].
"""

import json
import resource
import sys

import numpy as np

MAGIC = b"SELPROG1"


class Program:
    """max sum_v g_v x_v - lambda sum_r c_r y_r  with  x_v <= x_parent(v),  x_v <= y_r for v uses r."""

    def __init__(self, path):
        with open(path, "rb") as file:
            if file.read(8) != MAGIC:
                raise SystemExit(f"{path} is not a program file")
            n_decisions, n_resources, n_uses = (int(n) for n in np.fromfile(file, "<i8", 3))
            self.gains = np.fromfile(file, "<i8", n_decisions)
            self.costs = np.fromfile(file, "<i8", n_resources)
            self.use_start = np.fromfile(file, "<i8", n_decisions + 1)
            self.parents = np.fromfile(file, "<i4", n_decisions)
            self.use_resource = np.fromfile(file, "<i4", n_uses)

    def user(self):
        """The decision of every uses pair."""
        return np.repeat(np.arange(len(self.gains), dtype=np.int32), np.diff(self.use_start))


def peak_mib():
    """Peak resident memory of this process. Linux: since the last call of reset_peak."""
    try:
        with open("/proc/self/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmHWM:")) / 1024
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def reset_peak():
    """Linux counts the peak since this was written last."""
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    except OSError:
        pass


def report(**measured):
    """The one line that the bench reads."""
    json.dump({**measured, "peak_mib": peak_mib()}, sys.stdout)
    print()
