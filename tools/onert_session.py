"""Runs .circle models in onert."""
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
given = np.load(sys.argv[2])
results = []
for record in range(len(given["0"])):
    # It keeps the address alone.
    kept = [np.ascontiguousarray(given[str(number)][record]) for number in range(len(given.files))]
    for number, values in enumerate(kept):
        session.set_input(number, values)
    session.run()
    results.append([np.array(session.get_output(number)).copy() for number in range(session.output_size())])
np.savez(sys.argv[3], **{str(number): np.stack(values) for number, values in enumerate(zip(*results))})
"""


def onert_all(path, inputs):
    """For `inputs`, an array a graph input with the records along the first axis, the outputs in the same form; or None
    and why not. It runs in a process of its own: it may abort. Its own wrapper stumbles over uint8 inputs."""
    with tempfile.TemporaryDirectory() as folder:
        given, made = f"{folder}/in.npz", f"{folder}/out.npz"
        np.savez(given, **{str(number): values for number, values in enumerate(inputs)})
        command = [sys.executable, "-c", PROGRAM, str(path), given, made]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            lines = (done.stdout + done.stderr).strip().splitlines()
            return None, next((line for line in lines if line.startswith(("Fail", "Error"))), lines[-1] if lines else "no word")
        outputs = np.load(made)
        return [outputs[str(number)] for number in range(len(outputs.files))], ""


def onert(path, values):
    """The same of a model of one input and one output."""
    outputs, why = onert_all(path, [values])
    return (outputs[0], why) if outputs else (None, why)
