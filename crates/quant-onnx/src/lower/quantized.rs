//! Models that are quantized already: QuantizeLinear and DequantizeLinear, and the operators on integers (QOperator).
//!
//! What is quantized is a QUANTIZE with a DEQUANTIZE behind it, with the parameters of the file; an operator on integers is
//! the float operator between such pairs. So every value stays a float one, runs, and `--scheme tflite-qat` makes integers of
//! it with these very parameters. A model has int16 where ONNX has uint16: zero points are 32768 lower.

use quant_ir::{DType, Result};
use quant_lower::Stored;

use super::dequantized;
use super::op::Op;
use super::parameters::{activation, pair, params, params_of_constant};
use super::qoperator;
use super::state::{GraphLowering, Values, refuse};
use super::table;
use crate::node::Node;

/// Operators that take the same integers and make the same.
const CARRIES: &[&str] = &[
    "Flatten",
    "Gather",
    "Identity",
    "MaxPool",
    "Pad",
    "Reshape",
    "Resize",
    "Slice",
    "Split",
    "Squeeze",
    "Transpose",
    "Unsqueeze",
];

impl GraphLowering {
    /// The outputs of a node of a quantized model; `None` for other nodes.
    pub fn quantized(
        &mut self,
        node: &Node,
        inputs: &[Option<Stored>],
        values: &Values,
    ) -> Result<Option<Vec<Stored>>> {
        match (node.domain(), node.op()) {
            ("" | "com.microsoft", "QuantizeLinear") => self.quantize(node, inputs).map(Some),
            ("" | "com.microsoft", "DequantizeLinear") => self.dequantize(node, inputs).map(Some),
            ("" | "com.microsoft", op) if qoperator::is_one(op) => self.on_integers(node, inputs).map(Some),
            _ => self.carried(node, inputs, values),
        }
    }

    fn quantize(&mut self, node: &Node, inputs: &[Option<Stored>]) -> Result<Vec<Stored>> {
        let get = |index: usize| inputs.get(index).copied().flatten();
        let Some(x) = get(0) else {
            return refuse("no input", "export the model again");
        };
        if node.int("block_size")?.unwrap_or(0) != 0 {
            return refuse("blocks of an activation", "give one scale");
        }
        let unsaid = match node.int("output_dtype")? {
            Some(code) => {
                let code = crate::DataType(i32::try_from(code).unwrap_or_default());
                code.dtype().unwrap_or(DType::Uint8)
            }
            None => DType::Uint8,
        };
        let (scales, zeros, dtype) = params(&self.builder, get(1), get(2), unsaid)?;
        let name = node.outputs().first().copied().unwrap_or_default().to_owned();
        if self.builder.is_constant(x.id) && scales.len() > 1 {
            let rank = self.builder.shape(x.id).len();
            let ints = dequantized::weights(&scales, &zeros, dtype, axis_of(node, rank)?)?;
            let made = pair(&mut self.builder, x, &ints, &name)?;
            self.integers.insert(name, ints);
            return Ok(vec![made]);
        }
        let ints = activation(&scales, &zeros, dtype)?;
        let made = pair(&mut self.builder, x, &ints, &name)?;
        self.integers.insert(name, ints);
        Ok(vec![made])
    }

    fn dequantize(&mut self, node: &Node, inputs: &[Option<Stored>]) -> Result<Vec<Stored>> {
        let get = |index: usize| inputs.get(index).copied().flatten();
        let Some(x) = get(0) else {
            return refuse("no input", "export the model again");
        };
        let read = node.inputs().first().copied().unwrap_or_default().to_owned();
        let name = node.outputs().first().copied().unwrap_or_default().to_owned();
        let unsaid = self.builder.dtype(x.id);
        if let Some(ints) = self.integers.get(&read) {
            // The value is the float behind its pair already, when both say the same.
            let (scales, zeros, dtype) = params(&self.builder, get(1), get(2), DType::Uint8)?;
            let same = if scales.len() > 1 {
                scales == ints.params.scale
            } else {
                activation(&scales, &zeros, dtype)?.params == ints.params
            };
            if !same {
                return refuse(
                    "other parameters than those that the integers were made with",
                    "quantize the model again",
                );
            }
            return Ok(vec![x]);
        }
        if self.builder.is_constant(x.id) {
            let (scales, zeros, _) = params_of_constant(&self.builder, get(1), get(2), unsaid)?;
            let rank = self.builder.shape(x.id).len();
            let axis = if scales.len() > 1 { axis_of(node, rank)? } else { 0 };
            let block = node.int("block_size")?.unwrap_or(0);
            let of = get(1)
                .map(|scale| self.builder.shape(scale.id))
                .unwrap_or_default();
            return self.constant(x.id, (&scales, &zeros), axis, (block, &of), &name);
        }
        let (scales, zeros, _) = params(&self.builder, get(1), get(2), unsaid)?;
        self.input_of_integers(x.id, &scales, &zeros, &name)
    }

    /// An operator that carries integers on: its results have the same parameters. Others that read integers are refused.
    fn carried(&mut self, node: &Node, inputs: &[Option<Stored>], _: &Values) -> Result<Option<Vec<Stored>>> {
        let read = node.inputs();
        let mut found = read.iter().filter_map(|name| self.integers.get(*name));
        let Some(ints) = found.next().cloned() else {
            return Ok(None);
        };
        if matches!(node.op(), "ArgMax" | "ArgMin" | "Shape" | "Size") {
            return Ok(None);
        }
        let first = read.first().is_some_and(|name| self.integers.contains_key(*name));
        if !first || !CARRIES.contains(&node.op()) || !node.domain().is_empty() {
            return refuse(
                "it works on quantized integers",
                "docs/onnx.md says which operators are read so",
            );
        }
        let names: Vec<String> = node.outputs().into_iter().map(str::to_owned).collect();
        let mut inner = node.clone();
        let own: Vec<String> = names
            .iter()
            .map(|name| self.builder.fresh(&format!("{name}/carried")))
            .collect();
        inner.set_outputs(&own);
        let mut inputs = inputs.to_vec();
        if let ("Pad", Some(Some(value))) = (node.op(), inputs.get(2).copied()) {
            let floats = Some(self.padding(value, &ints)?);
            inputs.iter_mut().skip(2).take(1).for_each(|slot| *slot = floats);
        }
        let made = self.float_node(&inner, inputs)?;
        let mut outputs = Vec::new();
        for (value, name) in made.into_iter().zip(names) {
            if node.op() == "Resize" {
                self.on_integers_in_file(value, &ints);
            }
            outputs.push(pair(&mut self.builder, value, &ints, &name)?);
            self.integers.insert(name, ints.clone());
        }
        Ok(Some(outputs))
    }

    /// A float node of ONNX's own operators.
    pub fn float_node(&mut self, node: &Node, inputs: Vec<Option<Stored>>) -> Result<Vec<Stored>> {
        let Some(lower) = table::find("", node.op()) else {
            return refuse(
                "this operator is not lowered",
                "docs/onnx.md lists those that are",
            );
        };
        let opset = self.opset("");
        lower(&mut Op::new(node, opset, inputs, &mut self.builder))
    }
}

fn axis_of(node: &Node, rank: usize) -> Result<usize> {
    let axis = node.int("axis")?.unwrap_or(1);
    let whole = i64::try_from(rank).unwrap_or(i64::MAX);
    let axis = if axis < 0 {
        axis.saturating_add(whole)
    } else {
        axis
    };
    match usize::try_from(axis).ok().filter(|axis| *axis < rank) {
        Some(axis) => Ok(axis),
        None => refuse(
            format!("axis {axis} of {rank} dimensions"),
            "quantize the model again",
        ),
    }
}
