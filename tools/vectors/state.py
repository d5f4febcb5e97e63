"""Variants of the operators that keep values between steps, and of those that call other graphs."""
import numpy as np
from flatbuffers import flexbuffers
from vector_models import Net, options

from ai_edge_litert.schema_py_generated import ActivationFunctionType as Activation

F = np.float32


def lstm(random, time, batch, inputs, cells, outputs=None, time_major=True, cifg=False, peephole=False, norm=False,
         projection=False, projection_bias=False, biases=True, cell_clip=0.0, proj_clip=0.0, activation="TANH", single=False):
    """single: an LSTM operator for each step, which share weights and states, in place of one for the sequence."""
    outputs = outputs or cells
    net = Net()
    graph = net.graph()

    def const(*shape, scale=1.0):
        return graph.const((np.round(random.uniform(-1, 1, shape), 3) * scale).astype(F))

    def gates(there, make):
        """One input for each gate; the input gate has none with CIFG."""
        return [make() if there and not (cifg and gate == 0) else -1 for gate in range(4)]

    shape = (batch, inputs) if single else (time, batch, inputs) if time_major else (batch, time, inputs)
    steps = [graph.input(shape) for _ in range(time if single else 1)]
    given = steps[:1]
    given += gates(True, lambda: const(cells, inputs))
    given += gates(True, lambda: const(cells, outputs))
    peepholes = gates(peephole, lambda: const(cells))
    given += peepholes[:2] + peepholes[3:]
    given += gates(True, lambda: const(cells)) if biases else [-1] * 4
    given.append(const(outputs, cells) if projection else -1)
    given.append(const(outputs) if projection_bias else -1)
    given.append(graph.tensor((batch, outputs), variable=True))
    given.append(graph.tensor((batch, cells), variable=True))
    given += gates(norm, lambda: const(cells)) if norm else []
    fields = {"fusedActivationFunction": getattr(Activation, activation), "cellClip": cell_clip, "projClip": proj_clip}
    for step in steps:
        made = graph.tensor((*shape[:-1], outputs))
        if single:
            graph.op("LSTM", [step, *given[1:]], [made], options("LSTMOptions", **fields))
        else:
            graph.op("UNIDIRECTIONAL_SEQUENCE_LSTM", given, [made], options(
                "UnidirectionalSequenceLSTMOptions", timeMajor=time_major, **fields))
        graph.output(made)
    return net, [np.round(random.uniform(-2, 2, shape), 3).astype(F) for _ in steps]


def lstms(case):
    random = np.random.default_rng(9)
    for single, time_major in ((False, True), (False, False), (True, True)):
        for sizes in ((4, 2, 3, 5), (1, 1, 1, 1), (7, 3, 2, 4)):
            for more in (
                {}, {"cifg": True}, {"peephole": True}, {"norm": True}, {"cifg": True, "peephole": True, "norm": True},
                {"projection": True, "outputs": 2}, {"projection": True, "projection_bias": True, "outputs": 3},
                {"cell_clip": 0.3}, {"projection": True, "outputs": 2, "proj_clip": 0.2, "cell_clip": 0.5},
                {"peephole": True, "norm": True, "projection": True, "projection_bias": True, "outputs": 3, "cell_clip": 0.7,
                 "proj_clip": 0.4},
                {"activation": "RELU"}, {"activation": "RELU6"},
            ):
                net, values = lstm(random, *sizes, time_major=time_major, single=single, **more)
                yield case.model("LSTM" if single else "UnidirectionalSequenceLSTM", net, values)


def basic_lstms(case):
    """The kernel of five inputs and four outputs; two steps in a row share variables."""
    random = np.random.default_rng(12)
    numbers = lambda *shape: np.round(random.uniform(-1, 1, shape), 3).astype(F)
    for batch, inputs, cells in ((1, 1, 1), (2, 3, 4), (3, 5, 2)):
        for variable in (False, True):
            net = Net()
            graph = net.graph()
            x = [graph.input((batch, inputs)) for _ in range(2 if variable else 1)]
            given = [graph.tensor((batch, cells), variable=True) if variable else graph.input((batch, cells)) for _ in range(2)]
            weights, bias = graph.const(numbers(4 * cells, inputs + cells)), graph.const(numbers(4 * cells))
            for step in x:
                made = [graph.tensor((batch, columns)) for columns in (cells, cells, inputs + cells, 4 * cells)]
                graph.op("LSTM", [step, given[0], weights, bias, given[1]], made,
                         options("LSTMOptions", kernelType=1, fusedActivationFunction=Activation.TANH), version=2)
                graph.output(*made)
            yield case.model("LSTM", net, [numbers(*net.it.subgraphs[0].tensors[at].shape) for at in graph.it.inputs])


def rnns(case):
    random = np.random.default_rng(13)
    numbers = lambda *shape: np.round(random.uniform(-1, 1, shape), 3).astype(F)
    for single, major in ((True, True), (False, True), (False, False)):
        for steps, batch, inputs, units in ((4, 2, 3, 5), (1, 1, 1, 1), (7, 3, 2, 4)):
            for activation in ("NONE", "RELU", "RELU_N1_TO_1", "RELU6", "TANH"):
                net = Net()
                graph = net.graph()
                shape = (batch, inputs) if single else (steps, batch, inputs) if major else (batch, steps, inputs)
                x = [graph.input(shape) for _ in range(steps if single else 1)]
                more = [graph.const(numbers(units, inputs)), graph.const(numbers(units, units)), graph.const(numbers(units)),
                        graph.tensor((batch, units), variable=True)]
                fields = {"fusedActivationFunction": getattr(Activation, activation)} | ({} if single else {"timeMajor": major})
                code, kind = ("RNN", "RNNOptions") if single else ("UNIDIRECTIONAL_SEQUENCE_RNN", "SequenceRNNOptions")
                for step in x:
                    made = graph.tensor((*shape[:-1], units))
                    graph.output(graph.op(code, [step, *more], [made], options(kind, **fields)))
                yield case.model("RNN" if single else "UnidirectionalSequenceRNN", net, [numbers(*shape) for _ in x])


def two_lstms(case):
    """One behind the other, with states of their own, and an operator between."""
    random = np.random.default_rng(4)
    net = Net()
    graph = net.graph()
    x = graph.input((2, 3, 4))
    for _ in range(2):
        weights = [graph.const(np.round(random.uniform(-1, 1, (4, 4)), 3).astype(F)) for _ in range(8)]
        biases = [graph.const(np.round(random.uniform(-1, 1, 4), 3).astype(F)) for _ in range(4)]
        states = [graph.tensor((2, 4), variable=True) for _ in range(2)]
        made = graph.tensor((2, 3, 4))
        graph.op("UNIDIRECTIONAL_SEQUENCE_LSTM", [x, *weights, -1, -1, -1, *biases, -1, -1, *states], [made], options(
            "UnidirectionalSequenceLSTMOptions", fusedActivationFunction=Activation.TANH))
        x = graph.op("MUL", [made, graph.const(np.array([2], F))], [graph.tensor((2, 3, 4))], options("MulOptions"))
    yield case.model("UnidirectionalSequenceLSTM", graph.output(x).net, [np.round(random.uniform(-2, 2, (2, 3, 4)), 3).astype(F)])


def resources(case):
    x = np.array([[1.5, -2], [3, 0.25]], F)
    # Read, add, assign, read again; the second read sees the sum.
    net = Net()
    main, init = net.graph("main"), net.graph("init")

    def handle(graph, name="state"):
        return graph.op("VAR_HANDLE", [], [graph.tensor((), "RESOURCE")], options("VarHandleOptions", container="c", sharedName=name))

    main.op("CALL_ONCE", [], [], options("CallOnceOptions", initSubgraphIndex=1))
    given = main.input(x.shape)
    state = handle(main)
    for _ in range(2):
        old = main.op("READ_VARIABLE", [state], [main.tensor(x.shape)], options("ReadVariableOptions"))
        new = main.op("ADD", [old, given], [main.tensor(x.shape)], options("AddOptions"))
        main.op("ASSIGN_VARIABLE", [state, new], [], options("AssignVariableOptions"))
    last = main.op("READ_VARIABLE", [handle(main)], [main.tensor(x.shape)], options("ReadVariableOptions"))
    main.output(last)
    init.op("ASSIGN_VARIABLE", [handle(init), init.const(np.array([[10, 20], [30, 40]], F))], [], options("AssignVariableOptions"))
    for kind in ("CallOnce", "VarHandle", "ReadVariable", "AssignVariable"):
        yield case.model(kind, net, [x])
    # Called twice, the graph runs once: the second call does not undo the assignment.
    net = Net()
    main, init = net.graph("main"), net.graph("init")
    given, state = main.input(x.shape), handle(main)
    for _ in range(2):
        main.op("CALL_ONCE", [], [], options("CallOnceOptions", initSubgraphIndex=1))
        old = main.op("READ_VARIABLE", [state], [main.tensor(x.shape)], options("ReadVariableOptions"))
        main.op("ASSIGN_VARIABLE", [state, main.op("ADD", [old, given], [main.tensor(x.shape)], options("AddOptions"))], [],
                options("AssignVariableOptions"))
    main.output(main.op("READ_VARIABLE", [state], [main.tensor(x.shape)], options("ReadVariableOptions")))
    init.op("ASSIGN_VARIABLE", [handle(init), init.const(np.array([[10, 20], [30, 40]], F))], [], options("AssignVariableOptions"))
    yield case.model("CallOnce", net, [x])
    # A variable is named by container and name; an absent container is the empty one.
    net = Net()
    main = net.graph("main")
    given = main.input(x.shape)
    names = [("a", "v"), ("b", "v"), ("a", "w"), ("", "v")]
    for number, (container, name) in enumerate(names):
        state = main.op("VAR_HANDLE", [], [main.tensor((), "RESOURCE")], options("VarHandleOptions", container=container, sharedName=name))
        new = main.op("MUL", [given, main.const(np.array(number + 1, F))], [main.tensor(x.shape)], options("MulOptions"))
        main.op("ASSIGN_VARIABLE", [state, new], [], options("AssignVariableOptions"))
    for container, name in [*names, (None, "v")]:
        fields = {"sharedName": name} | ({} if container is None else {"container": container})
        state = main.op("VAR_HANDLE", [], [main.tensor((), "RESOURCE")], options("VarHandleOptions", **fields))
        main.output(main.op("READ_VARIABLE", [state], [main.tensor(x.shape)], options("ReadVariableOptions")))
    yield case.model("VarHandle", net, [x])
    # Two names are two variables; integers and another shape.
    for value in (np.arange(3, dtype=np.int32), np.array([True, False]), np.array(2.5, F), np.arange(4, dtype=np.int64).reshape(2, 1, 2)):
        net = Net()
        main = net.graph("main")
        word = {"i4": "INT32", "b1": "BOOL", "f4": "FLOAT32", "i8": "INT64"}[value.dtype.str[1:]]
        given, one, two = main.input(value.shape, word), handle(main, "one"), handle(main, "two")
        main.op("ASSIGN_VARIABLE", [one, given], [], options("AssignVariableOptions"))
        main.op("ASSIGN_VARIABLE", [two, main.const(value)], [], options("AssignVariableOptions"))
        for source in (two, one):
            main.output(main.op("READ_VARIABLE", [source], [main.tensor(value.shape, word)], options("ReadVariableOptions")))
        for kind in ("ReadVariable", "AssignVariable"):
            yield case.model(kind, net, [value[::-1] if value.ndim else value + 1])


def binary(graph, code, a, b, shape, dtype="FLOAT32"):
    kind = {"ADD": "AddOptions", "MUL": "MulOptions", "SUB": "SubOptions", "LESS": "LessOptions"}[code]
    return graph.op(code, [a, b], [graph.tensor(shape, "BOOL" if code == "LESS" else dtype)], options(kind))


def branches(case):
    x, y = np.array([1.5, -2, 3], F), np.array([10, 20, 30], F)
    for condition in (True, False):
        net = Net()
        main, then, other = net.graph("main"), net.graph("then"), net.graph("else")
        given = [main.input((), "BOOL"), main.input((3,)), main.input((3,))]
        made = [main.tensor((3,)), main.tensor((3,))]
        main.op("IF", given, made, options("IfOptions", thenSubgraphIndex=1, elseSubgraphIndex=2))
        main.output(*made)
        for graph, code in ((then, "ADD"), (other, "MUL")):
            a, b = graph.input((3,)), graph.input((3,))
            graph.output(binary(graph, code, a, b, (3,)), b)
        yield case.model("If", net, [np.array(condition), x, y])
        # The condition is computed, one branch hands on its input, and branches have another shape each.
        net = Net()
        main, then, other = net.graph("main"), net.graph("then"), net.graph("else")
        a = main.input(())
        less = binary(main, "LESS", a, main.const(np.array(0, F)), ())
        made = main.tensor((2,), signature=(-1,))
        main.op("IF", [less, main.input((3,))], [made], options("IfOptions", thenSubgraphIndex=1, elseSubgraphIndex=2))
        main.output(made)
        then.output(then.input((3,)))
        b = other.input((3,))
        other.output(other.op("SLICE", [b, other.const(np.array([1], np.int32)), other.const(np.array([2], np.int32))],
                              [other.tensor((2,))], options("SliceOptions")))
        yield case.model("If", net, [np.array(-1.0 if condition else 1.0, F), y])
    # One inside the other, and a condition of one element.
    for outer in (True, False):
        for inner in (True, False):
            net = Net()
            main, then, other, deep, deeper = (net.graph(name) for name in ("main", "then", "else", "deep", "deeper"))
            given = [main.input((), "BOOL"), main.input((1,), "BOOL"), main.input((3,))]
            made = main.tensor((3,))
            main.op("IF", given, [made], options("IfOptions", thenSubgraphIndex=1, elseSubgraphIndex=2))
            main.output(made)
            given = [then.input((1,), "BOOL"), then.input((3,))]
            then.output(then.op("IF", given, [then.tensor((3,))], options("IfOptions", thenSubgraphIndex=3, elseSubgraphIndex=4)))
            other.input((1,), "BOOL")
            a = other.input((3,))
            other.output(binary(other, "SUB", a, a, (3,)))
            for graph, by in ((deep, 2), (deeper, 3)):
                a = graph.input((3,))
                graph.output(binary(graph, "MUL", a, graph.const(np.array(by, F)), (3,)))
            yield case.model("If", net, [np.array(outer), np.array([inner]), x])


def loops(case):
    x = np.array([1.5, -2, 0.5], F)

    def loop(body, limit, dtype=np.int32):
        """while i < limit: i, x = i + 1, body(x)"""
        net = Net()
        main, condition, inside = net.graph("main"), net.graph("cond"), net.graph("body")
        given = [main.input((), "INT32"), main.input((3,))]
        made = [main.tensor((), "INT32"), main.tensor((3,))]
        main.op("WHILE", given, made, options("WhileOptions", condSubgraphIndex=1, bodySubgraphIndex=2))
        main.output(*made)
        i = condition.input((), "INT32")
        condition.input((3,))
        condition.output(binary(condition, "LESS", i, condition.const(np.array(limit, dtype)), ()))
        i, value = inside.input((), "INT32"), inside.input((3,))
        inside.output(binary(inside, "ADD", i, inside.const(np.array(1, dtype)), (), "INT32"), body(inside, value))
        return net

    def double(graph, value):
        return binary(graph, "ADD", value, value, (3,))

    for limit in (0, 1, 5):
        yield case.model("While", loop(double, limit), [np.array(0, np.int32), x])
    yield case.model("While", loop(lambda graph, value: value, 3), [np.array(1, np.int32), x])

    # A loop in a loop: the inner one counts from 0 to 2 each time.
    def nested(graph, value):
        net = graph.net
        condition, inside = net.graph("cond2"), net.graph("body2")
        i = condition.input((), "INT32")
        condition.input((3,))
        condition.output(binary(condition, "LESS", i, condition.const(np.array(2, np.int32)), ()))
        i, inner = inside.input((), "INT32"), inside.input((3,))
        inside.output(binary(inside, "ADD", i, inside.const(np.array(1, np.int32)), (), "INT32"),
                      binary(inside, "MUL", inner, inside.const(np.array(1.5, F)), (3,)))
        made = [graph.tensor((), "INT32"), graph.tensor((3,))]
        graph.op("WHILE", [graph.const(np.array(0, np.int32)), value], made,
                 options("WhileOptions", condSubgraphIndex=3, bodySubgraphIndex=4))
        return made[1]

    yield case.model("While", loop(nested, 3), [np.array(0, np.int32), x])

    # The loop's value grows by one element each time.
    net = Net()
    main, condition, inside = net.graph("main"), net.graph("cond"), net.graph("body")
    given = [main.input((), "INT32"), main.input((1,))]
    made = [main.tensor((), "INT32"), main.tensor((1,), signature=(-1,))]
    main.op("WHILE", given, made, options("WhileOptions", condSubgraphIndex=1, bodySubgraphIndex=2))
    main.output(*made)
    i = condition.input((), "INT32")
    condition.input((1,), signature=(-1,))
    condition.output(binary(condition, "LESS", i, condition.const(np.array(4, np.int32)), ()))
    i, value = inside.input((), "INT32"), inside.input((1,), signature=(-1,))
    grown = inside.op("CONCATENATION", [value, inside.const(np.array([7], F))], [inside.tensor((2,), signature=(-1,))],
                      options("ConcatenationOptions", axis=0))
    inside.output(binary(inside, "ADD", i, inside.const(np.array(1, np.int32)), (), "INT32"), grown)
    yield case.model("While", net, [np.array(0, np.int32), x[:1]])

    # A variable that the body changes: the main graph reads what it holds at last.
    net = Net()
    main, condition, inside = net.graph("main"), net.graph("cond"), net.graph("body")

    def handle(graph):
        return graph.op("VAR_HANDLE", [], [graph.tensor((), "RESOURCE")], options("VarHandleOptions", container="", sharedName="sum"))

    given, state = main.input((), "INT32"), handle(main)
    main.op("ASSIGN_VARIABLE", [state, main.const(np.array([0.5], F))], [], options("AssignVariableOptions"))
    last = main.op("WHILE", [given], [main.tensor((), "INT32")], options("WhileOptions", condSubgraphIndex=1, bodySubgraphIndex=2))
    main.output(last, main.op("READ_VARIABLE", [state], [main.tensor((1,))], options("ReadVariableOptions")))
    i = condition.input((), "INT32")
    condition.output(binary(condition, "LESS", i, condition.const(np.array(3, np.int32)), ()))
    i, state = inside.input((), "INT32"), handle(inside)
    old = inside.op("READ_VARIABLE", [state], [inside.tensor((1,))], options("ReadVariableOptions"))
    inside.op("ASSIGN_VARIABLE", [state, binary(inside, "MUL", old, inside.const(np.array([3], F)), (1,))], [],
              options("AssignVariableOptions"))
    inside.output(binary(inside, "ADD", i, inside.const(np.array(1, np.int32)), (), "INT32"))
    yield case.model("While", net, [np.array(0, np.int32)])


def lstm_in_a_loop(case):
    """The states of a called graph are kept from one call to the next."""
    random = np.random.default_rng(21)
    x = np.round(random.uniform(-1, 1, (1, 1, 2)), 3).astype(F)
    for limit in (1, 2, 4):
        net = Net()
        main, condition, inside = net.graph("main"), net.graph("cond"), net.graph("body")
        given = [main.input((), "INT32"), main.input(x.shape), main.input((1, 1, 2))]
        made = [main.tensor((), "INT32"), main.tensor(x.shape), main.tensor((1, 1, 2))]
        main.op("WHILE", given, made, options("WhileOptions", condSubgraphIndex=1, bodySubgraphIndex=2))
        main.output(*made)
        i = condition.input((), "INT32")
        for _ in range(2):
            condition.input(x.shape)
        condition.output(binary(condition, "LESS", i, condition.const(np.array(limit, np.int32)), ()))
        i, value, _ = inside.input((), "INT32"), inside.input(x.shape), inside.input((1, 1, 2))
        random = np.random.default_rng(22)
        weights = [inside.const(np.round(random.uniform(-1, 1, (2, 2)), 3).astype(F)) for _ in range(8)]
        biases = [inside.const(np.round(random.uniform(-1, 1, 2), 3).astype(F)) for _ in range(4)]
        states = [inside.tensor((1, 2), variable=True) for _ in range(2)]
        out = inside.op("UNIDIRECTIONAL_SEQUENCE_LSTM", [value, *weights, -1, -1, -1, *biases, -1, -1, *states],
                        [inside.tensor((1, 1, 2))], options("UnidirectionalSequenceLSTMOptions", fusedActivationFunction=Activation.TANH))
        inside.output(binary(inside, "ADD", i, inside.const(np.array(1, np.int32)), (), "INT32"), value, out)
        yield case.model("While", net, [np.array(0, np.int32), x, np.zeros((1, 1, 2), F)])


def composite(graph, name, number, inputs, outputs):
    attributes = list(flexbuffers.Dumps({"epsilon": 0.5}))
    graph.op("STABLEHLO_COMPOSITE", inputs, outputs, options(
        "StableHLOCompositeOptions", name=name, decompositionSubgraphIndex=number, compositeAttributes=attributes))


def composites(case):
    x, y = np.array([[1.5, -2, 3]], F), np.array([[10], [20]], F)
    # Two inputs and two outputs, called twice; the first output of one goes into the other.
    net = Net()
    main, body = net.graph("main"), net.graph("body")
    a, b = main.input((1, 3)), main.input((2, 1))
    for shape in ((1, 3), (2, 3)):
        made = [main.tensor((2, 3)), main.tensor(shape)]
        composite(main, "test.first", 1, [a, b], made)
        a = made[0]
        main.output(*made)
    c, d = body.input((1, 3), signature=(-1, 3)), body.input((2, 1))
    body.output(body.op("ADD", [c, d], [body.tensor((2, 3))], options("AddOptions")),
                body.op("NEG", [c], [body.tensor((1, 3), signature=(-1, 3))], options("NegOptions")))
    yield case.model("StableHLOComposite", net, [x, y])
    # A graph in a graph, with constants, that hands on one of its inputs.
    net = Net()
    main, outer, inner = (net.graph(name) for name in ("main", "outer", "inner"))
    given, made = main.input((1, 3)), [main.tensor((1, 3)), main.tensor((1, 3))]
    composite(main, "test.outer", 1, [given], made)
    main.output(*made)
    e = outer.input((1, 3))
    half = outer.tensor((1, 3))
    composite(outer, "test.inner", 2, [e, outer.const(np.array([0.5], F))], [half])
    outer.output(half, e)
    f, g = inner.input((1, 3)), inner.input((1,))
    inner.output(inner.op("MUL", [f, g], [inner.tensor((1, 3))], options("MulOptions")))
    yield case.model("StableHLOComposite", net, [x])


def variants(case):
    yield from composites(case)
    yield from lstms(case)
    yield from basic_lstms(case)
    yield from rnns(case)
    yield from two_lstms(case)
    yield from resources(case)
    yield from branches(case)
    yield from loops(case)
    yield from lstm_in_a_loop(case)
