//! Changes of lists, order and tensors.

use quant_schema as schema;
use schema::ModelT;

use super::Stage::{Import, Record};
use super::{FILTER, RELU, Row, X, graph, operator, tensor};

fn scaled(model: &mut ModelT, scales: &[f32], zero_points: &[i64], dimension: i32) {
    let mut quant = schema::QuantizationParametersT::default();
    quant.scale = Some(scales.to_vec());
    quant.zero_point = Some(zero_points.to_vec());
    quant.quantized_dimension = dimension;
    tensor(model, FILTER).quantization = Some(Box::new(quant));
}

/// Makes the filter sparse with one level for each of `levels`.
fn sparse(model: &mut ModelT, levels: usize) {
    let mut sparsity = schema::SparsityParametersT::default();
    sparsity.traversal_order = Some((0..levels as i32).collect());
    sparsity.dim_metadata = Some(vec![schema::DimensionMetadataT::default(); levels]);
    tensor(model, FILTER).sparsity = Some(Box::new(sparsity));
}

pub const ROWS: &[Row] = &[
    (
        "a graph input beyond the list",
        |m| graph(m).inputs = Some(vec![99]),
        Import,
        "graph input: tensor 99 does not exist",
    ),
    (
        "a negative graph output",
        |m| graph(m).outputs = Some(vec![-1]),
        Import,
        "tensor number -1 is negative",
    ),
    (
        "an operand beyond the list",
        |m| operator(m, 1).inputs = Some(vec![99]),
        Import,
        "tensor 99 does not exist",
    ),
    (
        "an operand below -1",
        |m| operator(m, 1).inputs = Some(vec![-2]),
        Import,
        "tensor number -2 is negative",
    ),
    (
        "an intermediate beyond the list",
        |m| operator(m, 1).intermediates = Some(vec![99]),
        Import,
        "intermediate tensor 99 does not exist",
    ),
    (
        "a buffer beyond the list",
        |m| tensor(m, X).buffer = 99,
        Import,
        "buffer 99 does not exist",
    ),
    (
        "an operator code beyond the list",
        |m| operator(m, 1).opcode_index = 99,
        Import,
        "operator code 99 does not exist",
    ),
    ("no graph", |m| m.subgraphs = None, Import, "it has no subgraph"),
    (
        "a tensor that two operators make",
        |m| operator(m, 1).outputs = Some(vec![3]),
        Import,
        "`conv` is made twice: operator 0 makes it already",
    ),
    (
        "a graph input that an operator makes",
        |m| operator(m, 2).outputs = Some(vec![0]),
        Import,
        "its output `x` is a graph input, so it is made twice",
    ),
    (
        "a constant that an operator makes",
        |m| operator(m, 1).outputs = Some(vec![1]),
        Import,
        "its output `filter` is a constant of the file",
    ),
    (
        "operators that wait for each other",
        |m| operator(m, 0).inputs = Some(vec![4, 1, 2]),
        Import,
        "operator 0 (CONV_2D): it reads `relu`, which depends on its own output: the graph has a cycle",
    ),
    (
        "an operator that waits for itself",
        |m| operator(m, 1).inputs = Some(vec![4]),
        Import,
        "the graph has a cycle",
    ),
    (
        "operators out of order",
        |m| graph(m).operators.as_mut().unwrap().swap(0, 1),
        Import,
        "operator 0 (RELU): it reads `conv` before operator 1 makes it; list operators in execution order",
    ),
    (
        "a constant shorter than its shape",
        |m| tensor(m, FILTER).shape = Some(vec![2, 3, 3, 3]),
        Import,
        "144 bytes do not fill float32 of shape [2, 3, 3, 3]",
    ),
    (
        "a constant of a negative dimension",
        |m| tensor(m, FILTER).shape = Some(vec![-2, 3, 3, 2]),
        Import,
        "144 bytes do not fill float32",
    ),
    (
        "a constant beyond 64 bits",
        |m| tensor(m, FILTER).shape = Some(vec![i32::MAX; 4]),
        Import,
        "144 bytes do not fill float32",
    ),
    (
        "an activation of 2^62 elements",
        |m| tensor(m, RELU).shape = Some(vec![i32::MAX; 2]),
        Import,
        "has more than 536870912 elements",
    ),
    (
        "an activation beyond 64 bits",
        |m| tensor(m, RELU).shape = Some(vec![i32::MAX; 5]),
        Import,
        "has more than 536870912 elements",
    ),
    (
        "a rank of 17",
        |m| tensor(m, RELU).shape = Some(vec![1; 17]),
        Import,
        "rank 17; at most 16 is read",
    ),
    (
        "an unknown element type",
        |m| tensor(m, RELU).type_.0 = 99,
        Import,
        "its element type 99 is unknown",
    ),
    (
        "more zero points than scales",
        |m| scaled(m, &[1.0, 1.0], &[0], 0),
        Import,
        "tensor `filter`: 2 scales and 1 zero points",
    ),
    (
        "a quantized dimension beyond the rank",
        |m| scaled(m, &[1.0, 1.0], &[0, 0], 4),
        Import,
        "its quantized dimension 4 is none of shape [2, 3, 3, 2]",
    ),
    (
        "a negative quantized dimension",
        |m| scaled(m, &[1.0, 1.0], &[0, 0], -1),
        Import,
        "its quantized dimension -1 is none of shape",
    ),
    (
        "scales for another dimension",
        |m| scaled(m, &[1.0, 1.0], &[0, 0], 1),
        Import,
        "2 scales along dimension 1 of shape [2, 3, 3, 2]",
    ),
    (
        "a scale that is NaN",
        |m| scaled(m, &[f32::NAN], &[0], 0),
        Import,
        "its scale NaN is no positive number",
    ),
    (
        "an infinite scale",
        |m| scaled(m, &[f32::INFINITY], &[0], 0),
        Import,
        "its scale inf is no positive number",
    ),
    (
        "a negative scale",
        |m| scaled(m, &[-1.0], &[0], 0),
        Import,
        "its scale -1 is no positive number",
    ),
    (
        "four bits that fill half",
        |m| tensor(m, FILTER).type_ = schema::TensorType::INT4,
        Import,
        "144 bytes do not fill int4 of shape [2, 3, 3, 2]",
    ),
    (
        "more elements stored sparse than there are",
        |m| {
            sparse(m, 4);
            tensor(m, FILTER).shape = Some(vec![1]);
        },
        Import,
        "144 bytes do not fill float32 of shape [1]",
    ),
    (
        "sparse levels of another shape",
        |m| sparse(m, 4),
        Record,
        "its sparsity does not describe its shape",
    ),
    (
        "sparse levels of another number",
        |m| sparse(m, 7),
        Record,
        "its sparsity does not describe its shape",
    ),
];
