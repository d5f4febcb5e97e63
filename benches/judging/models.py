"""The models that somebody who judges layers with LiteRT has to make: one for each layer and measure."""
import numpy as np


def read(path):
    from ai_edge_litert import schema_py_generated as schema

    return schema.ModelT.InitFromObj(schema.Model.GetRootAs(path.read_bytes(), 0))


def write(model, path):
    import flatbuffers

    builder = flatbuffers.Builder(1 << 24)
    builder.Finish(model.Pack(builder), b"TFL3")
    path.write_bytes(builder.Output())


class Layers:
    """Parts of a float model, up to one layer, with its weights, its inputs or its output alone as they are in the quantized one."""

    def __init__(self, float_model, quantized):
        self.float_model = float_model
        self.quantized = read(quantized)
        graph = self.quantized.subgraphs[0]
        self.twins = {tensor.name: tensor for tensor in graph.tensors}
        # Where the interface is float, integers stand behind QUANTIZE and before DEQUANTIZE.
        for operator in graph.operators:
            kind = self.quantized.operatorCodes[operator.opcodeIndex].builtinCode
            first, last = graph.tensors[operator.inputs[0]], graph.tensors[operator.outputs[0]]
            if kind == 114:
                self.twins[first.name] = last
            elif kind == 6:
                self.twins[last.name] = first

    def make(self, index, what, path):
        model = read(self.float_model)
        graph = model.subgraphs[0]
        layer = graph.operators[index]
        graph.operators = graph.operators[: index + 1]
        graph.outputs = np.array([layer.outputs[0]], np.int32)
        model.signatureDefs = []
        produced = set(graph.inputs).union(*(operator.outputs for operator in graph.operators))
        if what == "weights":
            for tensor in (graph.tensors[at] for at in layer.inputs if at >= 0 and at not in produced):
                self.dequantize(model, tensor)
        elif what == "inputs":
            layer.inputs = layer.inputs.copy()
            for at, tensor in enumerate(layer.inputs):
                if tensor in produced:
                    layer.inputs[at] = self.round(model, tensor, index)
        else:
            graph.outputs = np.array([self.round(model, layer.outputs[0], index + 1)], np.int32)
        write(model, path)

    def dequantize(self, model, tensor):
        """The reals that the integers of a constant stand for."""
        twin = self.twins[tensor.name]
        if twin.quantization is None or twin.quantization.scale is None or twin.type not in (2, 9):
            return
        integers = self.quantized.buffers[twin.buffer].data.view({2: np.int32, 9: np.int8}[twin.type])
        along = [1] * len(twin.shape)
        if len(twin.quantization.scale) > 1:
            along[twin.quantization.quantizedDimension] = -1
        reals = integers.reshape(twin.shape) * twin.quantization.scale.reshape(along)
        model.buffers[tensor.buffer].data = np.frombuffer(reals.astype(np.float32).tobytes(), np.uint8)

    def round(self, model, tensor, at):
        """Puts QUANTIZE and DEQUANTIZE behind a tensor, before the operator `at`; gives what they make."""
        from ai_edge_litert import schema_py_generated as schema

        graph = model.subgraphs[0]
        source, twin = graph.tensors[tensor], self.twins[graph.tensors[tensor].name]
        made = []
        for kind, quantization, suffix in ((twin.type, twin.quantization, "q"), (source.type, None, "r")):
            new = schema.TensorT()
            new.name, new.shape, new.type, new.buffer = source.name + b";" + suffix.encode(), source.shape, kind, 0
            new.quantization = quantization
            graph.tensors.append(new)
            made.append(len(graph.tensors) - 1)
        for offset, (code, reads, makes) in enumerate(((114, tensor, made[0]), (6, made[0], made[1]))):
            known = schema.OperatorCodeT()
            known.builtinCode, known.deprecatedBuiltinCode, known.version = code, code, 2
            model.operatorCodes.append(known)
            operator = schema.OperatorT()
            operator.opcodeIndex = len(model.operatorCodes) - 1
            operator.inputs, operator.outputs = np.array([reads], np.int32), np.array([makes], np.int32)
            graph.operators.insert(at + offset, operator)
        return made[1]
