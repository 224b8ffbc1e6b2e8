"""Run one command and print what it took, as JSON: python spent.py COMMAND [ARGUMENT...]

A process of its own, small on purpose: the peak memory that the system tells of a command is at
least that of the process which started it.
"""

import json
import os
import sys
import time


def main() -> int:
    """Seconds by the clock and of CPU, MiB at the peak; the command's own exit status."""
    command = sys.argv[1:]
    began = time.perf_counter()
    process = os.posix_spawnp(
        command[0],
        command,
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
    )
    _, status, used = os.wait4(process, 0)
    wall = time.perf_counter() - began
    spent = {"wall": wall, "cpu": used.ru_utime + used.ru_stime, "mib": used.ru_maxrss / 1024}
    print(json.dumps(spent))
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())
