"""How this program is called from where the user stands: what hints tell people to paste."""

import os
import shlex
import shutil
import sys
from pathlib import Path

NAME = "chargepoint-sim"


def program() -> str:
    """`chargepoint-sim` where the shell finds this installation's, else the way to it, ready for a shell."""
    found = shutil.which(NAME)
    ours = Path(sys.executable).with_name(NAME)
    if found is not None and (not ours.exists() or ours.samefile(found)):
        return NAME
    if ours.exists():
        return shlex.quote(os.path.relpath(ours))
    return f"{shlex.quote(os.path.relpath(sys.executable))} -m chargepoint_sim"
