"""What this host allows one process: open files, local ports, memory.

Reads and never changes anything; where a figure cannot be read it is None, which means no limit is known.
"""

import resource
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PORT_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_MEMORY = Path("/proc/meminfo")
_CONTAINER_MEMORY = Path("/sys/fs/cgroup/memory.max")

USUAL_LOCAL_PORTS = 28_232
"""32768 to 60999, what Linux starts with."""


@dataclass(frozen=True, slots=True)
class HostLimits:
    """Limits of one process on this host."""

    open_files: int | None = None
    """The hard limit: the daemon raises the soft one to it by itself."""
    local_ports: int = USUAL_LOCAL_PORTS
    """Per source address and destination."""
    memory_bytes: int | None = None
    """Available now."""


def read_limits() -> HostLimits:
    """The limits of this process, here and now."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return HostLimits(
        None if hard == resource.RLIM_INFINITY else hard, _local_ports(), min(_memory_figures(), default=None)
    )


def _local_ports() -> int:
    try:
        low, high = map(int, _PORT_RANGE.read_text().split())
    except (OSError, ValueError):
        return USUAL_LOCAL_PORTS
    return high - low + 1


def _memory_figures() -> Iterator[int]:
    try:
        lines = dict(line.split(":", 1) for line in _MEMORY.read_text().splitlines())
        yield int(lines["MemAvailable"].split()[0]) * 1024
    except (OSError, ValueError, KeyError):
        pass
    try:
        yield int(_CONTAINER_MEMORY.read_text())
    except (OSError, ValueError):  # "max" where the container has no limit
        return
