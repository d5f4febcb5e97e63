//! Sums of products of integers in floats, exact.
//!
//! A float holds every whole number up to 2²⁴. An activation of 8 bits less its zero point is `16 · high + low`; the sums of the
//! products with each are exact when the sizes of the weights of an output sum to no more than 2²⁰, and so `16 · Σ high + Σ low` is
//! rounded once, as onnxruntime rounds its sum of 32 bits when it becomes a float.

use quant_ir::value::Data;
use quant_ir::{Builtin, Options, Result};
use quant_lower::{Stored, add, elementwise};

use super::op::Op;
use super::state::{GraphLowering, refuse};
use crate::node::Node;

/// The two parts are below it.
const PART: f32 = 16.0;

/// What the sizes of an output's weights may sum to.
const MOST: f32 = 1_048_576.0;

impl GraphLowering {
    /// A float node (Conv or MatMul) of integers `a`, from −255 to 255, and `b`.
    pub fn sums(&mut self, node: &Node, a: Stored, b: Stored) -> Result<Vec<Stored>> {
        let most = self.largest_sum(node, a, b)?;
        if most > MOST {
            return refuse(
                format!("weights of an output whose sizes sum to {most}"),
                "up to 2^20 are summed exactly",
            );
        }
        let op = &mut Op::new(node, 1, Vec::new(), &mut self.builder);
        let (by, part) = (op.scalar("part", PART)?, op.scalar("one_part", 1.0 / PART)?);
        let parts = op.mul("parts", a.id, part)?;
        let high = op.step("high", Builtin::FLOOR, &[parts], Options::default())?;
        let whole = op.mul("whole", high, by)?;
        let low = op.sub("low", a.id, whole)?;
        let mut sums = Vec::new();
        for (id, part) in [(high, "of_high"), (low, "of_low")] {
            let op = &mut Op::new(node, 1, Vec::new(), &mut self.builder);
            let name = op.part(part);
            let mut inner = node.clone();
            inner.set_outputs(&[name]);
            sums.extend(self.float_node(&inner, vec![Some(Stored { id, ..a }), Some(b)])?);
        }
        let op = &mut Op::new(node, 1, Vec::new(), &mut self.builder);
        let (ids, channels_last) = elementwise::alike_of(op, &sums)?;
        let &[high, low] = ids.as_slice() else {
            return refuse("no result", "export the model again");
        };
        let by = op.scalar("part", PART)?;
        let high = op.mul("high_whole", high, by)?;
        op.last(Builtin::ADD, &[high, low], add(), channels_last)
    }

    /// The most that the sizes of the second operand's elements sum to, of those that go into one output.
    #[allow(clippy::as_conversions, clippy::arithmetic_side_effects)] // floats
    fn largest_sum(&self, node: &Node, a: Stored, b: Stored) -> Result<f32> {
        let shape = self.builder.shape(b.id);
        let filters = node.op() == "Conv";
        let Some(Data::F32(values)) = self.builder.value(b.id)?.map(|value| value.data) else {
            let summed: usize = if filters {
                shape.iter().skip(1).product()
            } else {
                self.builder.shape(a.id).last().copied().unwrap_or(1)
            };
            return Ok(summed as f32 * 255.0);
        };
        // Elements of an output follow each other in filters; in matrices they are a row apart.
        let row = match shape.as_slice() {
            [first, ..] if filters => values.len().checked_div(*first).unwrap_or(0),
            [.., last] => *last,
            [] => 1,
        };
        let columns = shape.len().checked_sub(2).and_then(|at| shape.get(at));
        let each = if filters {
            row
        } else {
            columns.copied().unwrap_or(values.len()).saturating_mul(row)
        };
        let mut most = 0f32;
        for part in values.chunks(each.max(1)) {
            let sum = |of: &mut dyn Iterator<Item = &f32>| of.map(|value| value.abs()).sum::<f32>();
            if filters || shape.len() < 2 {
                most = most.max(sum(&mut part.iter()));
            } else {
                for column in 0..row {
                    most = most.max(sum(&mut part.iter().skip(column).step_by(row.max(1))));
                }
            }
        }
        Ok(most)
    }
}
