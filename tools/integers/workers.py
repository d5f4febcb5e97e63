"""Tasks over several processes. What ends a process (LiteRT aborts on some models) costs the task that it ran, and no other."""
import json
import os
import select


def each(count: int, work, workers: int):
    """Yields (number, result) of `work(number)` for each number below `count`; None where the process came to its end."""
    waiting = list(range(count))[::-1]
    running = {}
    while waiting or running:
        while waiting and len(running) < workers:
            number = waiting.pop()
            reading, writing = os.pipe()
            if os.fork() == 0:
                os.close(reading)
                code = 1
                try:
                    text = json.dumps(work(number))
                    with os.fdopen(writing, "w") as pipe:
                        pipe.write(text)
                    code = 0
                finally:
                    os._exit(code)
            os.close(writing)
            running[reading] = (number, b"")
        for pipe in select.select(list(running), [], [])[0]:
            number, text = running[pipe]
            piece = os.read(pipe, 1 << 16)
            if piece:
                running[pipe] = (number, text + piece)
                continue
            os.close(pipe)
            os.wait()
            del running[pipe]
            yield number, json.loads(text) if text else None
