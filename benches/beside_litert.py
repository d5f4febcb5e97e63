"""What the benches that time us beside LiteRT have in common: its interpreter, and a program of ours that waits for requests."""
import os
import pathlib
import subprocess
import sys
import time

REPO = pathlib.Path(__file__).resolve().parent.parent
PYTHON = REPO / "target" / "tools" / "python" / "bin" / "python"
MODELS = pathlib.Path(os.environ.get("QUANT_REFERENCE", REPO.parent / "shared")) / "models"


def need_litert():
    """Goes on in the environment of tools/python_env.sh when this Python has no ai-edge-litert."""
    try:
        import ai_edge_litert  # noqa: F401
    except ImportError:
        if not PYTHON.exists() or pathlib.Path(sys.executable).is_relative_to(PYTHON.parent):
            sys.exit("ai-edge-litert is missing; run tools/python_env.sh first")
        os.execv(PYTHON, [str(PYTHON), *sys.argv])


def built(bench):
    """The program of a bench, compiled in release."""
    output = subprocess.run(
        ["cargo", "bench", "--bench", bench, "--no-run", "--message-format=json"],
        cwd=REPO, check=True, capture_output=True, text=True,
    ).stdout
    return next(
        line.split('"executable":"')[1].split('"')[0]
        for line in output.splitlines()
        if f'"name":"{bench}"' in line and '"executable":"' in line
    )


def random_inputs(details, random):
    """A record of a model: floats of -1 … 1, all integers of a type."""
    import numpy

    record = []
    for detail in details:
        if numpy.issubdtype(detail["dtype"], numpy.floating):
            values = random.uniform(-1, 1, detail["shape"])
        else:
            limits = numpy.iinfo(detail["dtype"])
            values = random.integers(limits.min, limits.max + 1, detail["shape"])
        record.append((detail["index"], values.astype(detail["dtype"])))
    return record


class LiteRt:
    """LiteRT on eight random records in turn."""

    def __init__(self, model, threads=1, resolver="AUTO"):
        import numpy
        from ai_edge_litert.interpreter import Interpreter, OpResolverType

        self.interpreter = Interpreter(
            str(model), num_threads=threads, experimental_op_resolver_type=getattr(OpResolverType, resolver)
        )
        self.interpreter.allocate_tensors()
        random = numpy.random.default_rng(1)
        self.records = [random_inputs(self.interpreter.get_input_details(), random) for _ in range(8)]

    def time(self, count):
        """Seconds of so many runs."""
        started = time.perf_counter()
        for number in range(count):
            for index, value in self.records[number % 8]:
                self.interpreter.set_tensor(index, value)
            self.interpreter.invoke()
        return time.perf_counter() - started


class Ours:
    """A program that does its work once for each line that it gets, and answers with the seconds."""

    def __init__(self, *command):
        command = [str(part) for part in command]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def time(self, request=""):
        self.process.stdin.write(f"{request}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit("our side has stopped; see its message above")
        return float(line)

    def stop(self):
        self.process.stdin.close()
        self.process.wait()
