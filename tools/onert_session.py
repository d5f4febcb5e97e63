"""Runs a .circle model of one input and one output in onert."""
import subprocess
import sys
import tempfile

import numpy as np

PROGRAM = """
import sys, numpy as np, onert
from onert.native.libnnfw_api_pybind import prepare_config
session = onert.infer.session(sys.argv[1]).session
session.set_prepare_config(prepare_config.ENABLE_INTERNAL_OUTPUT_ALLOC)
session.prepare()
results = []
for value in np.load(sys.argv[2]):
    session.set_input(0, np.ascontiguousarray(value))
    session.run()
    results.append(np.array(session.get_output(0)).copy())
np.save(sys.argv[3], np.stack(results))
"""


def onert(path, values):
    """The output of each of `values`, or None and why not, in a process of its own: it may abort. Its own wrapper
    stumbles over uint8 inputs."""
    with tempfile.TemporaryDirectory() as folder:
        given, made = f"{folder}/in.npy", f"{folder}/out.npy"
        np.save(given, values)
        command = [sys.executable, "-c", PROGRAM, str(path), given, made]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            lines = (done.stdout + done.stderr).strip().splitlines()
            return None, next((line for line in lines if line.startswith(("Fail", "Error"))), lines[-1:] or "no word")
        return np.load(made), ""
