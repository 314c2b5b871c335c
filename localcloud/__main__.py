"""Serves the local cloud: started by localcloud.LocalCloud, and ended with it."""

import argparse
from pathlib import Path

from localcloud.server import serve

parser = argparse.ArgumentParser(prog="python -m localcloud", description=__doc__)
parser.add_argument("--port", type=int, default=0, help="the loopback port; 0 picks a free one")
parser.add_argument("--mail", type=Path, required=True, help="the folder that keeps the mails delivered")
arguments = parser.parse_args()
serve(arguments.port, arguments.mail)
