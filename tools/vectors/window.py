"""Variants of convolutions, poolings and the other operators with a few shapes of their own."""
import numpy as np

F = "FLOAT32"


def out(size, window, stride, dilation, padding):
    """Positions of a window along one dimension."""
    return -(-size // stride) if padding == "SAME" else -(-(size - (window - 1) * dilation) // stride)


def numbers(*shape):
    return np.round(np.random.default_rng(sum(shape)).uniform(-1, 1, shape), 3).astype(np.float32)


def convolutions(case):
    # image, filter [h, w], outputs, strides, dilations
    for image, window, outputs, strides, dilations in (
        ((1, 5, 5, 2), (3, 3), 3, (1, 1), (1, 1)),
        ((2, 7, 6, 3), (3, 2), 4, (2, 1), (1, 1)),
        ((1, 9, 8, 1), (3, 3), 2, (1, 1), (2, 2)),
        ((2, 11, 7, 2), (2, 3), 3, (1, 1), (3, 2)),
        ((1, 4, 5, 6), (1, 1), 5, (1, 1), (1, 1)),
        ((2, 5, 5, 4), (1, 1), 3, (2, 2), (1, 1)),
        ((1, 8, 8, 1), (5, 4), 1, (3, 2), (1, 1)),
        ((1, 7, 7, 8), (3, 3), 8, (1, 1), (1, 1)),
    ):
        for padding in ("SAME", "VALID"):
            spatial = [out(image[1 + i], window[i], strides[i], dilations[i], padding) for i in (0, 1)]
            shape = (image[0], *spatial, outputs)
            options = (f"padding: {padding} stride_h: {strides[0]} stride_w: {strides[1]} "
                       f"dilation_h_factor: {dilations[0]} dilation_w_factor: {dilations[1]}")
            weights = numbers(outputs, *window, image[3])
            yield case("Conv2D", [(image, F), weights, numbers(outputs)], [(shape, F)],
                       f"conv2d_options {{ {options} }}")
            yield case("Conv2D", [(image, F), weights, None], [(shape, F)], f"conv2d_options {{ {options} }}",
                       absent=np.zeros(outputs, np.float32))
            for multiplier in (1, 2):
                channels = image[3] * multiplier
                yield case(
                    "DepthwiseConv2D", [(image, F), numbers(1, *window, channels), numbers(channels)],
                    [((image[0], *spatial, channels), F)],
                    f"depthwiseconv2d_options {{ {options} depth_multiplier: {multiplier} }}")
    for activation in ("RELU", "RELU_N1_TO_1", "RELU6"):
        yield case("Conv2D", [((1, 4, 4, 2), F), numbers(3, 2, 2, 2), numbers(3)], [((1, 3, 3, 3), F)],
                   f"conv2d_options {{ activation: {activation} }}")
        yield case("DepthwiseConv2D", [((1, 4, 4, 2), F), numbers(1, 2, 2, 2), numbers(2)], [((1, 3, 3, 2), F)],
                   f"depthwiseconv2d_options {{ activation: {activation} }}")
    # No images, one pixel, a window larger than the image, strides that skip the last row.
    for image, window, stride, padding, spatial in (
        ((0, 4, 4, 2), (2, 2), 1, "SAME", (4, 4)), ((3, 1, 1, 2), (3, 3), 2, "SAME", (1, 1)),
        ((2, 2, 9, 2), (5, 5), 3, "SAME", (1, 3)), ((1, 8, 5, 2), (2, 2), 5, "VALID", (2, 1)),
    ):
        options = f"padding: {padding} stride_h: {stride} stride_w: {stride}"
        yield case("Conv2D", [(image, F), numbers(3, *window, 2), numbers(3)], [((image[0], *spatial, 3), F)],
                   f"conv2d_options {{ {options} }}")
        yield case("DepthwiseConv2D", [(image, F), numbers(1, *window, 6), numbers(6)], [((image[0], *spatial, 6), F)],
                   f"depthwiseconv2d_options {{ {options} depth_multiplier: 3 }}")
    yield case("DepthwiseConv2D", [((2, 7, 5, 3), F), numbers(1, 2, 3, 12), numbers(12)], [((2, 4, 2, 12), F)],
               "depthwiseconv2d_options { padding: SAME stride_h: 2 stride_w: 3 depth_multiplier: 4 }")
    yield case("DepthwiseConv2D", [((1, 4, 4, 2), F), numbers(1, 2, 2, 6), None], [((1, 3, 3, 6), F)],
               "depthwiseconv2d_options { depth_multiplier: 3 }", absent=np.zeros(6, np.float32))


def grouped(case):
    """Filters that read a part of the channels."""
    # image, filter [h, w, in], outputs, strides, dilations
    for image, filters, outputs, strides, dilations in (
        ((1, 5, 5, 4), (3, 3, 2), 6, (1, 1), (1, 1)),
        ((2, 6, 7, 6), (3, 2, 2), 3, (2, 1), (1, 1)),
        ((1, 9, 8, 4), (3, 3, 1), 4, (1, 1), (2, 2)),
        ((2, 4, 5, 6), (1, 1, 3), 10, (1, 1), (1, 1)),
        ((2, 5, 5, 8), (1, 1, 1), 16, (2, 2), (1, 1)),
        ((1, 7, 7, 34), (3, 3, 17), 40, (1, 1), (1, 1)),
    ):
        for padding in ("SAME", "VALID"):
            spatial = [out(image[1 + i], filters[i], strides[i], dilations[i], padding) for i in (0, 1)]
            shape = (image[0], *spatial, outputs)
            options = (f"padding: {padding} stride_h: {strides[0]} stride_w: {strides[1]} "
                       f"dilation_h_factor: {dilations[0]} dilation_w_factor: {dilations[1]}")
            weights = numbers(outputs, *filters)
            yield case("Conv2D", [(image, F), weights, numbers(outputs)], [(shape, F)], f"conv2d_options {{ {options} }}")
            yield case("Conv2D", [(image, F), weights, None], [(shape, F)], f"conv2d_options {{ {options} }}",
                       absent=np.zeros(outputs, np.float32))
            # Filters that are no constants.
            yield case("Conv2D", [(image, F), (weights.shape, F), ((outputs,), F)], [(shape, F)], f"conv2d_options {{ {options} }}")
    for activation in ("RELU", "RELU_N1_TO_1", "RELU6"):
        yield case("Conv2D", [((1, 4, 4, 4), F), numbers(6, 2, 2, 2), numbers(6)], [((1, 3, 3, 6), F)],
                   f"conv2d_options {{ activation: {activation} }}")
    yield case("Conv2D", [((0, 4, 4, 4), F), numbers(6, 2, 2, 2), numbers(6)], [((0, 3, 3, 6), F)])


def transposed(case):
    for shape, window, inputs, strides in (
        ((1, 4, 4, 2), (3, 3), 3, (1, 1)), ((2, 5, 6, 1), (2, 3), 2, (2, 2)), ((1, 8, 8, 3), (3, 3), 2, (2, 2)),
        ((1, 7, 9, 2), (1, 1), 4, (1, 1)), ((1, 9, 7, 1), (4, 2), 1, (3, 1)),
    ):
        for padding in ("SAME", "VALID"):
            image = (shape[0], *(out(shape[1 + i], window[i], strides[i], 1, padding) for i in (0, 1)), inputs)
            for bias in (False, True):
                given = [np.array(shape, np.int32), numbers(shape[3], *window, inputs), (image, F)]
                yield case("TransposeConv", given + [numbers(shape[3])] * bias, [(shape, F)],
                           f"transpose_conv_options {{ padding: {padding} stride_h: {strides[0]} stride_w: {strides[1]} }}")
    yield case("TransposeConv", [np.array([1, 4, 4, 2], np.int32), numbers(2, 3, 3, 1), ((1, 2, 2, 1), F), numbers(2)],
               [((1, 4, 4, 2), F)], "transpose_conv_options { activation: RELU }")


def fully_connected(case):
    for shape, weights, flat in (
        ((2, 3), (4, 3), (2, 4)), ((1, 1), (1, 1), (1, 1)), ((2, 3, 4), (5, 4), (6, 5)),
        ((1, 2, 3, 4), (3, 4), (6, 3)), ((2, 2, 3), (4, 6), (2, 4)), ((17, 40), (25, 40), (17, 25)),
    ):
        for bias in (None, numbers(weights[0])):
            yield case("FullyConnected", [(shape, F), numbers(*weights), bias], [(flat, F)])
            if shape[-1] == weights[1]:
                yield case("FullyConnected", [(shape, F), numbers(*weights), bias], [((*shape[:-1], weights[0]), F)],
                           "fullyconnected_options { keep_num_dims: true }")
    for activation in ("RELU", "RELU_N1_TO_1", "RELU6"):
        yield case("FullyConnected", [((3, 4), F), numbers(5, 4), numbers(5)], [((3, 5), F)],
                   f"fullyconnected_options {{ activation: {activation} }}")
    # Inputs of rank 0 and 1, no rows at all, biases of other ranks.
    for shape, weights, flat, keep in (((3,), (4, 3), (1, 4), "false"), ((3,), (4, 3), (4,), "true"), ((), (4, 1), (1, 4), "false"),
                                       ((0, 3), (4, 3), (0, 4), "false"), ((2, 3), (1, 3), (2, 1), "true")):
        yield case("FullyConnected", [(shape, F), numbers(*weights), None], [(flat, F)],
                   f"fullyconnected_options {{ keep_num_dims: {keep} }}")
    for bias in ((1, 4), (4, 1), (1, 1, 4)):
        yield case("FullyConnected", [((2, 3), F), numbers(4, 3), numbers(*bias)], [((2, 4), F)])
    # Weights that are no constants.
    yield case("FullyConnected", [((3, 4), F), ((5, 4), F), ((5,), F)], [((3, 5), F)])


def poolings(case):
    for kind, name in (("MaxPool2D", "maxpool2d"), ("AveragePool2D", "averagepool2d")):
        for image, window, strides in (
            ((1, 4, 4, 1), (2, 2), (2, 2)), ((2, 5, 7, 3), (3, 2), (1, 1)), ((1, 7, 5, 2), (3, 3), (2, 3)),
            ((1, 6, 6, 4), (1, 1), (2, 1)), ((1, 3, 3, 2), (3, 3), (1, 1)),
        ):
            for padding in ("SAME", "VALID"):
                spatial = [out(image[1 + i], window[i], strides[i], 1, padding) for i in (0, 1)]
                for activation in ("NONE", "RELU", "RELU_N1_TO_1"):
                    yield case(
                        kind, [(image, F)], [((image[0], *spatial, image[3]), F)],
                        f"{name}_options {{ padding: {padding} filter_height: {window[0]} filter_width: {window[1]} "
                        f"stride_h: {strides[0]} stride_w: {strides[1]} activation: {activation} }}")


def variants(case):
    yield from convolutions(case)
    yield from grouped(case)
    yield from transposed(case)
    yield from fully_connected(case)
    yield from poolings(case)
    odd = [np.array([[np.nan, 1, 2, 3], [1, np.nan, np.inf, -np.inf]], np.float32).reshape(1, 2, 4, 1)]
    for kind, name in (("MaxPool2D", "maxpool2d"), ("AveragePool2D", "averagepool2d")):
        yield case(kind, [((1, 2, 4, 1), F)], [((1, 2, 3, 1), F)], f"{name}_options {{ filter_width: 2 }}", values=odd)
    # The runtime keeps infinities out of operators with a fused activation, even without one.
    wide = [np.array([[np.inf, -np.inf, np.nan, 1]], np.float32)]
    for activation in ("NONE", "RELU", "RELU6"):
        for kind in ("Add", "Sub", "Mul", "Div"):
            yield case(kind, [((1, 4), F), np.ones((1, 4), np.float32)], [((1, 4), F)],
                       f"{kind.lower()}_options {{ activation: {activation} }}", values=wide)
        yield case("FullyConnected", [((4, 1), F), np.ones((1, 1), np.float32), None], [((4, 1), F)],
                   f"fullyconnected_options {{ activation: {activation} }}", values=wide)
        image, ones, zero = ((1, 1, 4, 1), F), np.ones((1, 1, 1, 1), np.float32), np.zeros(1, np.float32)
        for kind, name in (("Conv2D", "conv2d"), ("DepthwiseConv2D", "depthwiseconv2d")):
            yield case(kind, [image, ones, zero], [image], f"{name}_options {{ activation: {activation} }}", values=wide)
        for kind, name in (("MaxPool2D", "maxpool2d"), ("AveragePool2D", "averagepool2d"), ("L2Pool2D", "l2pool2d")):
            yield case(kind, [image], [image], f"{name}_options {{ activation: {activation} }}", values=wide)
    yield case("TransposeConv", [np.array([1, 1, 4, 1], np.int32), ones, image], [image], values=wide)
    yield case("Concatenation", [((1, 4), F), ((1, 2), F)], [((1, 6), F)], "concatenation_options { axis: 1 }",
               values=wide + [np.zeros((1, 2), np.float32)])
    yield case("L2Normalize", [((2, 2), F)], [((2, 2), F)], values=wide)
    for shape in ((5,), (2, 3), (2, 3, 4), (1, 2, 3, 4), (3, 1)):
        for beta in ("1.0", "0.25", "3.5"):
            yield case("Softmax", [(shape, F)], [(shape, F)], f"softmax_options {{ beta: {beta} }}")
    yield case("Softmax", [((2, 3), F)], [((2, 3), F)], values=[np.array([[1e4, 0, -1e4], [-200, -200, -200]], np.float32)])
    for alpha in ((3,), (1, 1, 3), (2, 1, 3), (2, 4, 3), (1,)):
        yield case("PRelu", [((1, 2, 4, 3) if len(alpha) > 1 else (2, 3), F), numbers(*alpha)],
                   [((1, 2, 4, 3) if len(alpha) > 1 else (2, 3), F)])
    special = np.array([np.nan, np.inf, -np.inf, -0.0, 0.0, 7.5, -7.5, 1e-30], np.float32)
    for alpha in ("0.2", "0.0", "1.5", "-0.5"):
        yield case("LeakyRelu", [((2, 3), F)], [((2, 3), F)], f"leaky_relu_options {{ alpha: {alpha} }}")
        yield case("LeakyRelu", [((8,), F)], [((8,), F)], f"leaky_relu_options {{ alpha: {alpha} }}", values=[special])
