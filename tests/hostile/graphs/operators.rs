//! Changes of operators, their options and weights.

use quant_schema as schema;
use schema::{BuiltinOptionsT, ModelT};

use super::Stage::{Fake, Record};
use super::{RELU, Row, graph, operator, set_filter, tensor};

fn conv(model: &mut ModelT, change: impl FnOnce(&mut schema::Conv2DOptionsT)) {
    match &mut operator(model, 0).builtin_options {
        BuiltinOptionsT::Conv2DOptions(options) => change(options),
        other => panic!("{other:?}"),
    }
}

fn pool(model: &mut ModelT, change: impl FnOnce(&mut schema::Pool2DOptionsT)) {
    match &mut operator(model, 2).builtin_options {
        BuiltinOptionsT::Pool2DOptions(options) => change(options),
        other => panic!("{other:?}"),
    }
}

pub const ROWS: &[Row] = &[
    (
        "an operator that nobody knows",
        |m| {
            m.operator_codes.as_mut().unwrap()[1].builtin_code.0 = 9999;
            m.operator_codes.as_mut().unwrap()[1].deprecated_builtin_code = 127;
        },
        Record,
        "this operator has no float kernel",
    ),
    (
        "too few inputs",
        |m| operator(m, 0).inputs = Some(vec![0]),
        Record,
        "input 1 is missing",
    ),
    (
        "no inputs",
        |m| operator(m, 1).inputs = None,
        Record,
        "input 0 is missing",
    ),
    (
        "too many inputs",
        |m| operator(m, 1).inputs = Some(vec![3, 3, 3]),
        Record,
        "it has 3 inputs, it takes 1",
    ),
    (
        "too many outputs",
        |m| {
            let spare = tensor(m, RELU).clone();
            graph(m).tensors.as_mut().unwrap().push(spare);
            operator(m, 1).outputs = Some(vec![4, 6]);
        },
        Record,
        "it has 2 outputs, it makes 1",
    ),
    (
        "no outputs",
        |m| operator(m, 2).outputs = None,
        Record,
        "it has 0 outputs, it makes 1",
    ),
    (
        "options of another operator",
        |m| operator(m, 0).builtin_options = BuiltinOptionsT::SoftmaxOptions(Box::default()),
        Record,
        "it does not carry Conv2DOptions",
    ),
    (
        "no options",
        |m| operator(m, 0).builtin_options = BuiltinOptionsT::NONE,
        Record,
        "stride 0 or dilation 1 is not positive",
    ),
    (
        "a stride of 0",
        |m| conv(m, |o| o.stride_h = 0),
        Record,
        "stride 0 or dilation 1 is not positive",
    ),
    (
        "a stride of -1",
        |m| conv(m, |o| o.stride_h = -1),
        Record,
        "stride -1 or dilation 1 is not positive",
    ),
    (
        "a stride of 2^31 - 1",
        |m| conv(m, |o| o.stride_h = i32::MAX),
        Record,
        "its output has shape [1, 1, 4, 2], the model says [1, 4, 4, 2]",
    ),
    (
        "a dilation of 0",
        |m| conv(m, |o| o.dilation_w_factor = 0),
        Record,
        "stride 1 or dilation 0 is not positive",
    ),
    (
        "a dilation that leaves the input",
        |m| {
            conv(m, |o| {
                o.dilation_w_factor = i32::MAX;
                o.padding = schema::Padding::VALID;
            });
        },
        Record,
        "a window reaching 4294967295 does not fit 4 elements",
    ),
    (
        "an unknown padding",
        |m| conv(m, |o| o.padding.0 = 7),
        Record,
        "padding 7 is neither SAME nor VALID",
    ),
    (
        "an unknown activation function",
        |m| conv(m, |o| o.fused_activation_function.0 = 77),
        Record,
        "fused activation of unknown number has no kernel",
    ),
    (
        "a pool of no elements",
        |m| pool(m, |o| o.filter_width = 0),
        Record,
        "window of 0 elements",
    ),
    (
        "a pool of -1 elements",
        |m| pool(m, |o| o.filter_width = -1),
        Record,
        "window of 0 elements",
    ),
    (
        "a pool of 2^31 - 1 elements",
        |m| {
            pool(m, |o| {
                o.filter_width = i32::MAX;
                o.filter_height = i32::MAX;
            });
        },
        Record,
        "a window reaching 2147483647 does not fit",
    ),
    (
        "a weight that is NaN",
        |m| set_filter(m, f32::NAN),
        Fake,
        "constant `filter`: element 2 is NaN, which no scale can hold",
    ),
    (
        "an infinite weight",
        |m| set_filter(m, f32::NEG_INFINITY),
        Fake,
        "constant `filter`: element 2 is -inf",
    ),
];
