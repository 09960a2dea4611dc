"""`make rehearse`: a region is lost on this machine, the other takes over, and it goes back; by the real command and functions.

With --hold it stops when the region is lost, and whoever wants to practise has the runbook and the command.
"""

import os
import shutil
import signal
import sys
from collections.abc import Sequence

from sandbox.places import sandbox_dir
from tests.rehearsal.asked import ENVIRONMENT, ORDERS, AskedError, order, parsed, refuse_second


def main(arguments: Sequence[str]) -> int:
    """Rehearse; exit code 0 when every claim held, 1 when one did not, 2 for what was asked wrongly."""
    told = parsed(arguments, __doc__)
    folder = sandbox_dir() / "rehearsal"
    try:
        for name in ORDERS:
            if getattr(told, name):
                order(folder, name)
                print(f"{name}: done; `dataconnect recovery status` shows it in some seconds")
                return 0
        refuse_second(folder)
    except AskedError as error:
        print(f"make rehearse: {error}", file=sys.stderr)
        return 2
    # In the background of a script, SIGINT is ignored unless somebody asks for it.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.default_int_handler)
    print(
        f"Starting two regions on this machine, where time goes by {told.factor:g} times faster. Nothing of it is AWS.",
        flush=True,
    )
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    # Moto reads them when it is loaded: the account of the runbook, and credentials that are nobody's.
    os.environ["MOTO_ACCOUNT_ID"] = "222222222222"
    os.environ["AWS_ACCESS_KEY_ID"] = os.environ["AWS_SECRET_ACCESS_KEY"] = "emulated"
    from tests.rehearsal.played import hold, play

    try:
        return (hold if told.hold else play)(folder, told.factor)
    except KeyboardInterrupt:
        print("ended", flush=True)
        return 0 if told.hold else 130
    finally:
        (folder / ENVIRONMENT).unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
