"""Variants of the convolutions over volumes, forward and back."""
import numpy as np

F = "FLOAT32"


def out(size, window, stride, dilation, padding):
    """Positions of a window along one dimension."""
    return -(-size // stride) if padding == "SAME" else -(-(size - (window - 1) * dilation) // stride)


def numbers(*shape):
    return np.round(np.random.default_rng(sum(shape)).uniform(-1, 1, shape), 3).astype(np.float32)


def words(padding, strides, dilations, activation="NONE"):
    fields = [f"padding: {padding} activation: {activation}"]
    for axis, stride, dilation in zip("dhw", strides, dilations):
        fields.append(f"stride_{axis}: {stride} dilation_{axis}_factor: {dilation}")
    return " ".join(fields)


def variants(case):
    # volume, filter [d, h, w], outputs, strides, dilations
    for volume, window, outputs, strides, dilations in (
        ((1, 4, 5, 6, 2), (2, 3, 2), 3, (1, 1, 1), (1, 1, 1)),
        ((2, 5, 4, 7, 1), (3, 2, 3), 4, (2, 1, 3), (1, 1, 1)),
        ((1, 7, 7, 6, 2), (2, 3, 2), 2, (1, 1, 1), (2, 1, 3)),
        ((2, 3, 2, 4, 5), (1, 1, 1), 6, (1, 1, 1), (1, 1, 1)),
        ((1, 6, 5, 4, 3), (1, 1, 1), 2, (3, 2, 1), (1, 1, 1)),
        ((1, 3, 3, 3, 1), (3, 3, 3), 1, (1, 1, 1), (1, 1, 1)),
        ((1, 2, 9, 2, 3), (1, 4, 1), 17, (1, 2, 1), (1, 2, 1)),
    ):
        for padding in ("SAME", "VALID"):
            space = [out(volume[1 + i], window[i], strides[i], dilations[i], padding) for i in range(3)]
            shape = (volume[0], *space, outputs)
            options = words(padding, strides, dilations)
            for bias in (False, True):
                yield case("Conv3D", [(volume, F), numbers(*window, volume[4], outputs)] + [numbers(outputs)] * bias, [(shape, F)],
                           f"conv3d_options {{ {options} }}")
                # Back: a volume of the shape above becomes one of this shape.
                yield case("Conv3DTranspose", [np.array(volume, np.int32), numbers(*window, volume[4], outputs), (shape, F)]
                           + [numbers(volume[4])] * bias, [(volume, F)], f"conv3d_transpose_options {{ {options} }}")
    for activation in ("RELU", "RELU_N1_TO_1", "RELU6"):
        options = words("VALID", (1, 1, 1), (1, 1, 1), activation)
        yield case("Conv3D", [((1, 3, 3, 3, 2), F), numbers(2, 2, 2, 2, 3), numbers(3)], [((1, 2, 2, 2, 3), F)], f"conv3d_options {{ {options} }}")
        yield case("Conv3DTranspose", [np.array((1, 3, 3, 3, 3), np.int32), numbers(2, 2, 2, 3, 2), ((1, 2, 2, 2, 2), F), numbers(3)],
                   [((1, 3, 3, 3, 3), F)], f"conv3d_transpose_options {{ {options} }}")
    # No volumes, a filter larger than the volume, filters that are no constants.
    yield case("Conv3D", [((0, 3, 3, 3, 2), F), numbers(2, 2, 2, 2, 3)], [((0, 2, 2, 2, 3), F)], "conv3d_options { padding: VALID }")
    yield case("Conv3D", [((2, 2, 1, 3, 2), F), numbers(3, 5, 4, 2, 3)], [((2, 2, 1, 3, 3), F)], "conv3d_options { padding: SAME }")
    yield case("Conv3D", [((1, 3, 3, 3, 2), F), ((2, 2, 2, 2, 3), F), ((3,), F)], [((1, 2, 2, 2, 3), F)])
    yield case("Conv3DTranspose", [((5,), "INT32"), ((2, 2, 2, 3, 2), F), ((1, 2, 2, 2, 2), F)], [((1, 3, 3, 3, 3), F)],
               values=[np.array((1, 3, 3, 3, 3), np.int32), numbers(2, 2, 2, 3, 2), numbers(1, 2, 2, 2, 2)])
