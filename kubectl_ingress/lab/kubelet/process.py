"""A program of this machine that runs as a container's: started, looked at, ended."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess

POLL_SECONDS = 0.02


def status_of(process: subprocess.Popen[bytes]) -> int | None:
    """The exit status as a container runtime gives it, or None while the process runs.

    The process is not reaped, so that its number, and with it its group's, stays its own.
    """
    ended = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    if ended is None:
        return None
    return ended.si_status if ended.si_code == os.CLD_EXITED else 128 + ended.si_status


async def end(process: subprocess.Popen[bytes], grace: float) -> None:
    """Ask it to end, and end it and its group by force after `grace` seconds."""
    loop = asyncio.get_running_loop()
    # Not process.terminate(), which reaps.
    os.kill(process.pid, signal.SIGTERM)
    deadline = loop.time() + grace
    while status_of(process) is None and loop.time() < deadline:
        await asyncio.sleep(POLL_SECONDS)
    # Also when it ended by itself: its children may not have.
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
