//! A quantized ONNX model in the names of the float one, whatever a quantizer calls what it inserts.

use std::collections::BTreeSet;

use quant_case::recipe::{Operand, Recipe};
use quant_onnx::{DataType, Model, Node, TensorProto};

use crate::results::Quantized;

/// The float tensors and constants of the float model as the quantized one has them: an activation by what quantizes it, or by
/// the operator on integers that makes it; a constant by the integers that stand for it. One that went with a Relu or Clip is
/// what that makes.
///
/// # Errors
/// A scale or zero point is no constant of a type that goldens have.
pub fn tensors(float: &Recipe, made: &Model) -> Result<Vec<Quantized>, String> {
    let made = Made { float, model: made };
    let floats = float.operands.iter().filter(|operand| operand.dtype == "FLOAT32");
    let used = floats.filter(|operand| {
        let mut operations = float.operations.iter();
        let named = operations.any(|o| {
            o.inputs
                .iter()
                .chain(&o.outputs)
                .any(|name| *name == operand.name)
        });
        named
            || float
                .inputs
                .iter()
                .chain(&float.outputs)
                .any(|name| *name == operand.name)
    });
    used.map(|operand| match operand.filler {
        Some(_) => made.constant(operand),
        None => made.activation(&operand.name),
    })
    .collect()
}

/// Names of a scale and a zero point, and the axis of channels.
type Names<'a> = (&'a str, &'a str, Option<i64>);

struct Made<'a> {
    float: &'a Recipe,
    model: &'a Model,
}

impl<'a> Made<'a> {
    fn nodes(&self) -> impl Iterator<Item = &'a Node> {
        self.model.graph.nodes.iter()
    }

    fn activation(&self, name: &str) -> Result<Quantized, String> {
        let plain = plain(name);
        let place = self.place(name, true);
        let Some((scale, zero, _)) = place.and_then(|place| self.params(&place)) else {
            return Ok(plain);
        };
        self.quantized(plain, scale, zero, None)
    }

    /// The name that a value of the float model has in the quantized one.
    fn place(&self, name: &str, again: bool) -> Option<String> {
        let inputs = self.model.graph.inputs.iter().map(quant_onnx::ValueInfo::name);
        let there = inputs.chain(
            self.nodes()
                .flat_map(|node| [node.inputs(), node.outputs()].concat()),
        );
        let there: BTreeSet<&str> = there.collect();
        let wanted = ["", "_QuantizeLinear_Input", "_quantized", "quantized"];
        let found = wanted.iter().map(|end| format!("{name}{end}"));
        let mut found = found.filter(|found| there.contains(found.as_str()));
        if let Some(found) = found.find(|found| self.params(found).is_some()) {
            return Some(found);
        }
        if there.contains(name) || !again {
            return None;
        }
        // It went with the Relu or Clip that reads it, or that makes it.
        let cuts = |kind: &str| matches!(kind, "Relu" | "Clip");
        let mut cuts = self
            .float
            .operations
            .iter()
            .filter(|operation| cuts(&operation.kind));
        let other = cuts.find_map(|operation| match (&*operation.inputs, &*operation.outputs) {
            ([x, ..], [y]) if x == name => Some(y),
            ([x, ..], [y]) if y == name => Some(x),
            _ => None,
        })?;
        self.place(other, false)
    }

    /// What a value is quantized by: the QuantizeLinear that reads it, or whatever knows its integers.
    fn params(&self, name: &str) -> Option<Names<'a>> {
        for node in self.nodes() {
            let (op, inputs, outputs) = (node.op(), node.inputs(), node.outputs());
            let passes = matches!(
                op,
                "Reshape" | "Transpose" | "Flatten" | "MaxPool" | "Squeeze" | "Unsqueeze"
            );
            let at = inputs.iter().position(|input| *input == name);
            let is_float =
                op == "QuantizeLinear" || !matches!(op, "DequantizeLinear") && !op.starts_with('Q');
            let writes = op == "DequantizeLinear" && outputs.first() == Some(&name);
            match at {
                _ if writes => return names(node, 0),
                Some(0) if op == "QuantizeLinear" => return names(node, 0),
                Some(at) if !is_float => return names(node, at),
                // Integers that are moved have the parameters of what is moved.
                Some(0) if passes && name.ends_with("quantized") => {
                    return outputs.first().and_then(|output| self.params(output));
                }
                _ => {}
            }
        }
        None
    }

    fn constant(&self, operand: &Operand) -> Result<Quantized, String> {
        let (name, plain) = (&operand.name, plain(&operand.name));
        if let Some(cut) = self.blocks(name)? {
            return Ok(cut);
        }
        let Some(integers) = self.model.graph.initializer(&format!("{name}_quantized")) else {
            return Ok(plain);
        };
        let (shape, values) = ints(integers)?;
        let values = Some((shape, values));
        let readers = self
            .nodes()
            .filter(|node| !matches!(node.op(), "ConvInteger" | "MatMulInteger"));
        let found = readers.filter_map(|node| {
            let at = node.inputs().iter().position(|input| *input == integers.name())?;
            // What stands behind a bias is of the output.
            (node.op() != "QGemm" || at < 6).then(|| names(node, at))?
        });
        let of_name = ["scale", "zero_point"].map(|end| format!("{name}_{end}"));
        let known = |name: &str| self.model.graph.initializer(name).is_some();
        let mut found = found.filter(|(scale, zero, _)| known(scale) && known(zero));
        let (scale, zero, axis) = match found.next() {
            Some(found) => found,
            None if of_name.iter().all(|name| known(name)) => (&*of_name[0], &*of_name[1], None),
            // A bias of an operator on integers: nothing tells its scale.
            None => {
                return Ok(Quantized {
                    dtype: word(integers.data_type())?,
                    values,
                    ..plain
                });
            }
        };
        let made = self.quantized(plain, scale, zero, values)?;
        let rank = operand.shape.len() as i64;
        Ok(Quantized {
            dtype: word(integers.data_type())?,
            quantized_dimension: axis.map(|axis| (if axis < 0 { axis + rank } else { axis }) as i32),
            ..made
        })
    }

    fn quantized(
        &self,
        plain: Quantized,
        scale: &str,
        zero: &str,
        values: Option<(Vec<usize>, Vec<i64>)>,
    ) -> Result<Quantized, String> {
        let constant = |name: &str| {
            let found = self.model.graph.initializer(name);
            found.ok_or_else(|| format!("`{name}` is no constant of the quantized model"))
        };
        let (scale, zero) = (constant(scale)?, constant(zero)?);
        let scale = scale.tensor().map_err(|error| error.to_string())?;
        let scale = scale.to_floats().ok_or("a scale holds no floats")?;
        let mut zeros = ints(zero)?.1;
        if zeros.len() == 1 {
            zeros = vec![zeros[0]; scale.len()];
        }
        Ok(Quantized {
            dtype: word(zero.data_type())?,
            scale: Some(scale),
            zero_point: Some(zeros),
            values,
            ..plain
        })
    }

    /// A weight of MatMul that was cut into blocks.
    fn blocks(&self, name: &str) -> Result<Option<Quantized>, String> {
        let reads =
            |node: &&Node, at: usize, end: &str| node.inputs().get(at) == Some(&&*format!("{name}{end}"));
        let mut cut = self.nodes().filter(|node| node.op() == "MatMulNBits");
        let Some(node) = cut.find(|node| reads(node, 1, "_Q4") || reads(node, 1, "_Q8")) else {
            return Ok(None);
        };
        let number = |key: &str| -> Result<usize, String> {
            let found = node.int(key).map_err(|error| error.to_string())?;
            let found = found.and_then(|found| usize::try_from(found).ok());
            found.ok_or_else(|| format!("MatMulNBits has no {key}"))
        };
        let (rows, columns, bits, size) =
            (number("K")?, number("N")?, number("bits")?, number("block_size")?);
        let part = |at: usize| {
            let inputs = node.inputs();
            let found = inputs.get(at).and_then(|name| self.model.graph.initializer(name));
            found.ok_or_else(|| format!("input {at} of MatMulNBits is no constant"))
        };
        let (blocks, each) = (rows.div_ceil(size), 8 / bits);
        let unpacked = |at: usize, run: usize| -> Result<Vec<i64>, String> {
            let bytes = ints(part(at)?)?.1;
            let of = |(byte, place): (i64, usize)| byte >> (place * bits) & ((1 << bits) - 1);
            let places = |byte: &i64| (0..each).map(|place| (*byte, place)).collect::<Vec<_>>();
            let runs = bytes.chunks(run.div_ceil(each));
            Ok(runs
                .flat_map(|bytes| {
                    bytes
                        .iter()
                        .flat_map(places)
                        .map(of)
                        .take(run)
                        .collect::<Vec<_>>()
                })
                .collect())
        };
        let packed = unpacked(1, blocks * size)?;
        let row = |row: usize| (0..columns).map(move |column| column * blocks * size + row);
        let values = (0..rows).flat_map(row).map(|at| packed[at]).collect();
        let scale = part(2)?.tensor().map_err(|error| error.to_string())?.to_floats();
        Ok(Some(Quantized {
            dtype: format!("uint{bits}"),
            scale,
            zero_point: Some(unpacked(3, blocks)?),
            values: Some((vec![rows, columns], values)),
            ..plain(name)
        }))
    }
}

/// A tensor that is float.
fn plain(name: &str) -> Quantized {
    Quantized {
        name: name.to_owned(),
        dtype: "float32".to_owned(),
        scale: None,
        zero_point: None,
        quantized_dimension: None,
        values: None,
    }
}

/// The scale and zero point that stand behind an input.
fn names(node: &Node, at: usize) -> Option<Names<'_>> {
    let inputs = node.inputs();
    let (scale, zero) = (inputs.get(at + 1)?, inputs.get(at + 2)?);
    Some((scale, zero, node.int("axis").ok().flatten()))
}

/// Dimensions and integers.
fn ints(tensor: &TensorProto) -> Result<(Vec<usize>, Vec<i64>), String> {
    let read = tensor.tensor().map_err(|error| error.to_string())?;
    let values = read
        .to_ints()
        .ok_or_else(|| format!("`{}` holds no integers", tensor.name()))?;
    Ok((read.shape, values))
}

fn word(data_type: DataType) -> Result<String, String> {
    let word = match data_type {
        DataType::UINT8 => "uint8",
        DataType::INT8 => "int8",
        DataType::INT16 => "int16",
        DataType::INT32 => "int32",
        other => return Err(format!("integers of type {} have no goldens", other.0)),
    };
    Ok(word.to_owned())
}
