//! Weights of MatMul in blocks of few bits: what onnxruntime's `MatMulNBitsQuantizer` makes.

use quant_ir::{Error, Problem, Result};

use super::draft::{Draft, MICROSOFT, Wired};
use super::nbits::{Blocked, Blocks, pack};
use super::opset;
use super::words::unsupported;
use crate::attribute::Attribute;
use crate::data_type::DataType;
use crate::model::Model;
use crate::tensor::{Tensor, TensorProto};

/// How a model has blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BlockFormat {
    /// `MatMulNBits` of onnxruntime's own operators.
    #[default]
    QOperator,
    /// `DequantizeLinear` with a block size, before MatMul: 4 bits, and operators of version 21.
    Qdq,
}

/// How weights become blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockOptions {
    /// `bits`: 4 or 8.
    pub bits: u32,
    /// `block_size`: rows of a block, a power of two from 16.
    pub block_size: usize,
    /// `is_symmetric`: the zero point is the middle of the integers, and is not written.
    pub symmetric: bool,
    /// `quant_format`.
    pub format: BlockFormat,
    /// `accuracy_level`: what the kernel may compute in; none leaves it to the kernel.
    pub accuracy_level: Option<i64>,
    /// `nodes_to_exclude`.
    pub excluded: Vec<String>,
    /// `nodes_to_include`; empty: every MatMul with a constant matrix.
    pub nodes: Vec<String>,
    /// Reproduces what onnxruntime gets wrong, too.
    pub faithful: bool,
}

impl Default for BlockOptions {
    fn default() -> Self {
        Self {
            bits: 4,
            block_size: 128,
            symmetric: false,
            format: BlockFormat::QOperator,
            accuracy_level: None,
            excluded: Vec::new(),
            nodes: Vec::new(),
            faithful: false,
        }
    }
}

/// Cuts the constant right sides of MatMul into blocks. Others, and constants of more than two dimensions, stay float.
///
/// # Errors
/// `Unsupported`: bits and formats that do not go together; nothing to quantize; NaN in a weight.
pub fn blockwise(model: &Model, options: &BlockOptions) -> Result<Model> {
    let size = options.block_size;
    if !matches!(options.bits, 4 | 8) || options.bits == 8 && options.format == BlockFormat::Qdq {
        let what = format!("blocks of {} bits in this format", options.bits);
        return Err(unsupported(
            what,
            "4 bits in both formats, 8 bits in `MatMulNBits`",
        ));
    }
    if !size.is_power_of_two() || size < 16 {
        let what = format!("blocks of {size} rows");
        return Err(unsupported(what, "a power of two, 16 or more"));
    }
    let mut model = model.clone();
    if options.format == BlockFormat::Qdq {
        let from = model.opset("").unwrap_or(21);
        if from < 21 {
            opset::raise(&mut model, from, 21, options.faithful)?;
        }
        if model.ir_version() < 10 {
            model.set_ir_version(10);
        }
    }
    let mut draft = Draft::of(model)?;
    let mut count = 0;
    for wired in draft.take_nodes() {
        let name = wired.node.name();
        let taken = options.nodes.is_empty() || options.nodes.iter().any(|node| node == name);
        let taken = taken && !options.excluded.iter().any(|node| node == name);
        let constant = draft.tensor(wired.input(1)).is_some_and(|b| {
            b.dims().len() == 2 && matches!(b.data_type(), DataType::FLOAT | DataType::FLOAT16)
        });
        if taken && constant && wired.node.op() == "MatMul" && wired.node.domain().is_empty() {
            cut(&mut draft, &wired, options)?;
            count += 1;
        } else {
            draft.add(wired);
        }
    }
    if count == 0 {
        let problem = Problem::Missing("no MatMul reads a constant matrix".into());
        return Err(Error::new(
            "graph",
            problem,
            "a Gemm is one after onnxruntime's optimizations",
        ));
    }
    if options.format == BlockFormat::QOperator {
        draft.model.set_opset(MICROSOFT, 1);
    }
    draft.clean();
    Ok(draft.unsorted())
}

fn cut(draft: &mut Draft, wired: &Wired, options: &BlockOptions) -> Result<()> {
    let name = wired.input(1).to_owned();
    let (shape, values) = draft.floats(&name)?;
    let [rows, columns] = shape[..] else {
        return Ok(());
    };
    if draft.array(&name)?.data_type != DataType::FLOAT {
        let place = quant_ir::Place::tensor("initializer", &name);
        let problem = Problem::UnsupportedType("blocks of half-precision weights".into());
        return Err(Error::new(
            place,
            problem,
            "export the model in f32, or exclude the node",
        ));
    }
    let blocks = Blocks {
        bits: options.bits,
        size: options.block_size,
        symmetric: options.symmetric,
    };
    let cut = blocks.cut(&values, rows, columns);
    let weight = Weight {
        name,
        rows,
        columns,
        cut,
    };
    match options.format {
        BlockFormat::QOperator => nbits(draft, wired, options, &weight),
        BlockFormat::Qdq => pair(draft, wired, options, &weight),
    }
    Ok(())
}

struct Weight {
    name: String,
    rows: usize,
    columns: usize,
    cut: Blocked,
}

fn ended(name: &str, end: &str) -> String {
    if name.is_empty() {
        String::new()
    } else {
        format!("{name}{end}")
    }
}

/// Adds the tensors of a weight in blocks: integers, scales, and zero points where they are written. Their names, as a node
/// reads them.
fn add_parts<'a>(
    draft: &mut Draft,
    names: [&'a str; 3],
    (integers, scales, zero_points): (Tensor, Tensor, Option<Tensor>),
) -> Vec<&'a str> {
    let tensors = [Some(integers), Some(scales), zero_points];
    let there = names.into_iter().zip(tensors);
    let there = there.filter_map(|(name, tensor)| Some((name, tensor?)));
    let added = there.map(|(name, tensor)| {
        draft.add_tensor(TensorProto::new(name, &tensor));
        name
    });
    added.collect()
}

/// A `MatMulNBits`.
fn nbits(draft: &mut Draft, wired: &Wired, options: &BlockOptions, weight: &Weight) {
    let Weight {
        name,
        rows,
        columns,
        cut,
    } = weight;
    let (bits, size) = (options.bits, options.block_size);
    let each = (8 / bits) as usize;
    let end = format!("_Q{bits}");
    let [b, scales, zeros] = [end.as_str(), "_scales", "_zero_points"].map(|end| format!("{name}{end}"));
    // A column's last block is filled with zeros.
    let mut packed = Vec::new();
    for column in cut.integers.chunks(*rows) {
        for block in column.chunks(size) {
            packed.extend(pack(block, bits, size, size, 0));
        }
    }
    let packed = Tensor::numbers(DataType::UINT8, &[*columns, cut.blocks, size / each], packed);
    let floats = Tensor::floats(&[*columns, cut.blocks], &cut.scales);
    let points = (!options.symmetric).then(|| {
        let packed = pack(&cut.zero_points, bits, cut.blocks, cut.blocks, 8);
        Tensor::numbers(DataType::UINT8, &[*columns, cut.blocks.div_ceil(each)], packed)
    });
    let mut inputs = vec![wired.input(0)];
    inputs.extend(add_parts(draft, [&b, &scales, &zeros], (packed, floats, points)));
    let int = |value: usize| Attribute::Int(i64::try_from(value).unwrap_or(i64::MAX));
    let mut node = Wired::new(
        "MatMulNBits",
        &ended(wired.node.name(), &end),
        &inputs,
        &[wired.output(0)],
    )
    .of_domain(MICROSOFT)
    .with("K", &int(*rows))
    .with("N", &int(*columns))
    .with("bits", &Attribute::Int(bits.into()))
    .with("block_size", &int(size));
    if let Some(level) = options.accuracy_level.filter(|level| *level != 0) {
        node = node.with("accuracy_level", &Attribute::Int(level));
    }
    draft.add(node);
}

/// A DequantizeLinear of 4-bit blocks and a MatMul.
fn pair(draft: &mut Draft, wired: &Wired, options: &BlockOptions, weight: &Weight) {
    let Weight {
        name,
        rows,
        columns,
        cut,
    } = weight;
    let [b, scales, zeros, made] =
        ["Q4", "scales", "zero_points", "Q4_output"].map(|end| format!("{name}_DQ_{end}"));
    let middle = if options.symmetric { 8 } else { 0 };
    let data_type = if options.symmetric {
        DataType::INT4
    } else {
        DataType::UINT4
    };
    let integers = across(&cut.integers, *rows, *columns);
    let integers: Vec<u8> = integers.iter().map(|q| q.wrapping_sub(middle) & 15).collect();
    let packed = pack(&integers, 4, integers.len(), integers.len(), 0);
    let packed = Tensor::numbers(data_type, &[*rows, *columns], packed);
    let shape = [cut.blocks, *columns];
    let floats = Tensor::floats(&shape, &across(&cut.scales, cut.blocks, *columns));
    let points = (!options.symmetric).then(|| {
        let points = across(&cut.zero_points, cut.blocks, *columns);
        Tensor::numbers(data_type, &shape, pack(&points, 4, points.len(), points.len(), 0))
    });
    let inputs = add_parts(draft, [&b, &scales, &zeros], (packed, floats, points));
    let size = i64::try_from(options.block_size).unwrap_or(i64::MAX);
    let node = wired.node.name();
    let dequantize = Wired::new("DequantizeLinear", &ended(node, "_DQ_Q4"), &inputs, &[&made])
        .with("axis", &Attribute::Int(0))
        .with("block_size", &Attribute::Int(size));
    draft.add(dequantize);
    let inputs = [wired.input(0), &*made];
    draft.add(Wired::new(
        "MatMul",
        &ended(node, "_matmul_Q4"),
        &inputs,
        &[wired.output(0)],
    ));
}

/// What stands column after column, row after row.
fn across<T: Copy>(values: &[T], rows: usize, columns: usize) -> Vec<T> {
    let row = |row: usize| (0..columns).filter_map(move |column| values.get(column * rows + row).copied());
    (0..rows).flat_map(row).collect()
}
