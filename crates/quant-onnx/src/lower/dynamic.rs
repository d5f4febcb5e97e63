//! Models whose activations are quantized when they run: DynamicQuantizeLinear, MatMulInteger and ConvInteger.
//!
//! As onnxruntime computes them ([`Lowering::dynamic`](quant_lower::Lowering)), integers are floats that hold them, and sums of
//! products are exact (`sums`). Else the activation itself stands for its integers, and 1 for their scale, so that what multiplies
//! the sums by both scales multiplies them by that of the weights: the float model with dequantized weights. Whoever reads integers,
//! sums or the scale in another way is refused.

use quant_ir::{DType, Result};
use quant_lower::Stored;

use super::state::{GraphLowering, Part, Values, refuse};
use crate::data_type::DataType;
use crate::node::Node;

/// What a node made, and what that is.
pub(super) type Made = (Vec<Stored>, Option<Part>);

/// Operators that move values.
const MOVES: &[&str] = &[
    "Flatten",
    "Gather",
    "Identity",
    "Reshape",
    "Slice",
    "Split",
    "Squeeze",
    "Transpose",
    "Unsqueeze",
];

impl GraphLowering {
    /// The outputs of a node that makes or reads what is quantized when the model runs; `None` for other nodes.
    pub fn quantized_at_run(
        &mut self,
        node: &Node,
        inputs: &[Option<Stored>],
    ) -> Result<Option<Vec<Stored>>> {
        let names = node.inputs();
        let parts: Vec<Option<Part>> = names.iter().map(|name| self.parts.get(*name).copied()).collect();
        for name in node.outputs() {
            self.parts.remove(name);
        }
        let own = matches!(node.domain(), "" | "com.microsoft");
        let made = match (node.op(), parts.as_slice()) {
            ("DynamicQuantizeLinear", [None]) if own => return self.quantize_at_run(node, inputs).map(Some),
            ("MatMulInteger" | "ConvInteger", _) if own => self.product(node, inputs, &parts)?,
            ("QuantizeLinear", [None, None, None]) if own && self.is_computed(inputs) => {
                (self.quantize_by(node, inputs)?, Some(Part::Integers))
            }
            _ if parts.iter().all(Option::is_none) => return Ok(None),
            ("DequantizeLinear", [Some(Part::Real), Some(Part::Scale), Some(Part::Real)]) if own => {
                (inputs.iter().take(1).copied().flatten().collect(), None)
            }
            ("DequantizeLinear", [Some(Part::Integers), None, Some(Part::Integers) | None]) if own => {
                (self.real(node, inputs)?, None)
            }
            ("Cast", [Some(part @ (Part::Sums | Part::Unscaled))]) => {
                let to = DataType(i32::try_from(node.int("to")?.unwrap_or(0)).unwrap_or_default());
                if super::stored::dtype(to) != Some(DType::Float32) {
                    return refuse(format!("a cast of sums to {to}"), "cast them to float");
                }
                let part = Some(*part).filter(|part| *part == Part::Unscaled);
                (inputs.iter().copied().flatten().collect(), part)
            }
            ("Mul", [Some(Part::Scale), Some(Part::Scale)]) => {
                (self.float_node(node, inputs.to_vec())?, Some(Part::Scale))
            }
            (
                "Mul",
                [Some(Part::Scale), Some(Part::Unscaled)] | [Some(Part::Unscaled), Some(Part::Scale)],
            ) => (self.float_node(node, inputs.to_vec())?, None),
            (
                "Mul",
                [Some(part @ (Part::Scale | Part::Unscaled)), None]
                | [None, Some(part @ (Part::Scale | Part::Unscaled))],
            ) => (self.float_node(node, inputs.to_vec())?, Some(*part)),
            (op, [Some(part), rest @ ..])
                if MOVES.contains(&op) && node.domain().is_empty() && rest.iter().all(Option::is_none) =>
            {
                (self.float_node(node, inputs.to_vec())?, Some(*part))
            }
            _ => {
                return refuse(
                    "it reads what is quantized when the model runs",
                    "docs/onnx.md says which operators are read so",
                );
            }
        };
        let (outputs, part) = made;
        self.mark(node, part);
        Ok(Some(outputs))
    }

    fn mark(&mut self, node: &Node, part: Option<Part>) {
        for name in node.outputs().into_iter().filter(|name| !name.is_empty()) {
            if let Some(part) = part {
                self.parts.insert(name.to_owned(), part);
            }
        }
    }

    /// Refuses outputs that stand for something else.
    pub fn check_parts(&self, outputs: &[String], values: &Values) -> Result<()> {
        match outputs
            .iter()
            .find(|name| values.contains_key(*name) && self.parts.contains_key(*name))
        {
            None => Ok(()),
            Some(name) => Err(quant_ir::Error::new(
                quant_ir::Place::tensor("output", name),
                quant_ir::Problem::Unsupported("an output of what is quantized when the model runs".into()),
                "name the float value in front of it or behind it with --outputs",
            )),
        }
    }
}
