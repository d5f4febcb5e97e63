"""Operators with integer weights of a .tflite model, side by side in a model of their own: each reads an input of its own."""
import copy

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

WEIGHTS = {schema.TensorType.INT8, schema.TensorType.UINT8, schema.TensorType.INT4, schema.TensorType.INT2}


def of_weights(graph, op, code: int) -> bool:
    """Whether it makes floats of integer weights and has no variables."""
    given = [graph.tensors[tensor] for tensor in op.inputs if tensor >= 0]
    made = [graph.tensors[tensor] for tensor in op.outputs]
    return (
        code != schema.BuiltinOperator.DEQUANTIZE
        and len(given) > 1
        and all(tensor.type == schema.TensorType.FLOAT32 for tensor in made)
        and any(tensor.type in WEIGHTS for tensor in given)
        and not any(tensor.isVariable for tensor in given)
    )


def cut(model: bytes) -> tuple[bytes, list[str]] | None:
    """The cut model, and the names of the tensors that its inputs stand for; nothing when no operator is left."""
    it = schema.ModelT.InitFromPackedBuf(model, 0)
    graph = it.subgraphs[0]
    constant = lambda tensor: it.buffers[graph.tensors[tensor].buffer].data is not None
    kept, names, inputs, outputs = [], [], [], []
    for op in graph.operators:
        op.inputs = list(map(int, op.inputs))
        code = it.operatorCodes[op.opcodeIndex]
        if not of_weights(graph, op, max(code.builtinCode, code.deprecatedBuiltinCode)):
            continue
        for at, tensor in enumerate(op.inputs):
            if tensor >= 0 and not constant(tensor):
                fresh = copy.copy(graph.tensors[tensor])
                names.append(fresh.name.decode())
                fresh.name = f"{fresh.name.decode()} of {len(kept)}"
                graph.tensors.append(fresh)
                op.inputs[at] = len(graph.tensors) - 1
                inputs.append(len(graph.tensors) - 1)
        kept.append(op)
        outputs += list(op.outputs)
    if not kept:
        return None
    graph.operators, graph.inputs, graph.outputs = kept, inputs, outputs
    it.subgraphs, it.signatureDefs = [graph], None
    builder = flatbuffers.Builder(1024)
    builder.Finish(it.Pack(builder), b"TFL3")
    return bytes(builder.Output()), names


def exposed(model: bytes) -> bytes:
    """The model with the results of all its operators as outputs: a delegate keeps those that are inside of it to itself."""
    it = schema.ModelT.InitFromPackedBuf(model, 0)
    graph = it.subgraphs[0]
    outputs = list(map(int, graph.outputs))
    made = [int(tensor) for op in graph.operators for tensor in op.outputs]
    graph.outputs = outputs + [tensor for tensor in dict.fromkeys(made) if tensor not in outputs]
    it.signatureDefs = None
    builder = flatbuffers.Builder(1024)
    builder.Finish(it.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def records(interpreter, names: list[str], inputs: list[np.ndarray]) -> list[np.ndarray]:
    """What LiteRT gives the cut operators on the records of the whole model."""
    numbers = {detail["name"]: detail["index"] for detail in interpreter.get_tensor_details()}
    made = [[] for _ in names]
    for record in range(len(inputs[0])):
        for detail, values in zip(interpreter.get_input_details(), inputs):
            interpreter.set_tensor(detail["index"], values[record].reshape(detail["shape"]))
        interpreter.invoke()
        for values, name in zip(made, names):
            values.append(interpreter.get_tensor(numbers[name]).copy())
    return [np.stack(values) for values in made]
