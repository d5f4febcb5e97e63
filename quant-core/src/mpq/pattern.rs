//! Subgraphs of a uint8 model that lose too much in 8 bits, and which of their operators should be int16 (ONE:
//! circle-mpqsolver's patterns).

use quant_interp::constant;
use quant_ir::value::Data;
use quant_ir::{Builtin, DType, Graph, Model, Operator, TensorId};

/// A subgraph to look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// A layer normalization in single operators: `(x − mean x) · rsqrt(mean (x − mean x)² + ε)`. The square, the
    /// variance, the sum with ε and its root become int16.
    LayerNorm,
    /// A softmax in single operators: `exp(x − max x) / Σ exp(x − max x)` along the last dimension. The difference and
    /// the exponentials become int16.
    Softmax,
}

impl Pattern {
    /// The int16 layers of each such subgraph of the main graph, in the order of their last operators.
    pub fn find(self, model: &Model) -> Vec<Vec<String>> {
        let graph = Within {
            model,
            graph: model.main(),
        };
        let operators = graph.graph.operators().iter();
        let found = operators.filter_map(|last| match self {
            Self::LayerNorm => graph.layer_norm(last),
            Self::Softmax => graph.softmax(last),
        });
        found.collect()
    }
}

struct Within<'a> {
    model: &'a Model,
    graph: &'a Graph,
}

impl<'a> Within<'a> {
    fn layer_norm(&self, last: &Operator) -> Option<Vec<String>> {
        if last.code.builtin != Builtin::MUL {
            return None;
        }
        let (difference, root) = self.either(last, Builtin::SUB, Builtin::RSQRT)?;
        let mean = self.made(difference.input(1)?, Builtin::MEAN)?;
        let sum = self.made(root.input(0)?, Builtin::ADD)?;
        let variance = [0, 1].into_iter().find_map(|at| {
            self.made(sum.input(at)?, Builtin::MEAN)
                .map(|op| (op, sum.input(1 - at)))
        });
        let (variance, epsilon) = variance?;
        let square = self.made(variance.input(0)?, Builtin::MUL)?;
        let epsilon = self.graph.tensor(epsilon?);
        let whole = mean.input(0) == difference.input(0)
            && square.input(0) == square.input(1)
            && square.input(0) == difference.outputs.first().copied()
            && self.model.is_const(epsilon)
            && epsilon.elements() == Some(1)
            && self.axes(mean)? == self.axes(variance)?;
        whole.then(|| self.names(&[square, variance, sum, root]))?
    }

    fn softmax(&self, last: &Operator) -> Option<Vec<String>> {
        if last.code.builtin != Builtin::DIV {
            return None;
        }
        let exponential = self.made(last.input(0)?, Builtin::EXP)?;
        let sum = self.made(last.input(1)?, Builtin::SUM)?;
        let difference = self.made(exponential.input(0)?, Builtin::SUB)?;
        let largest = self.made(difference.input(1)?, Builtin::REDUCE_MAX)?;
        let rank = self.graph.tensor(difference.input(0)?).shape.len();
        let kept = |op: &Operator| {
            let rank_of = |id: &TensorId| self.graph.tensor(*id).shape.len();
            op.outputs.first().map(rank_of) == Some(rank)
        };
        let along_last = [rank.saturating_sub(1)];
        let whole = sum.input(0) == last.input(0)
            && largest.input(0) == difference.input(0)
            && kept(sum)
            && kept(largest)
            && self.axes(sum)? == along_last
            && self.axes(largest)? == along_last;
        whole.then(|| self.names(&[difference, exponential]))?
    }

    /// The operator of this kind that makes a tensor.
    fn made(&self, id: TensorId, kind: Builtin) -> Option<&'a Operator> {
        let op = self.graph.operator(self.graph.producer(id)?);
        (op.code.builtin == kind).then_some(op)
    }

    /// The makers of the two inputs, in either order.
    fn either(&self, op: &Operator, a: Builtin, b: Builtin) -> Option<(&'a Operator, &'a Operator)> {
        let both = |x: usize, y: usize| Some((self.made(op.input(x)?, a)?, self.made(op.input(y)?, b)?));
        both(0, 1).or_else(|| both(1, 0))
    }

    /// The dimensions that a reducer folds, each once, in order; none when they are not constants of int32.
    fn axes(&self, op: &Operator) -> Option<Vec<usize>> {
        let rank = self.graph.tensor(op.input(0)?).shape.len();
        let axes = self.graph.tensor(op.input(1)?);
        if axes.dtype != DType::Int32 {
            return None;
        }
        let Data::I32(axes) = constant(self.model, axes).ok()??.data else {
            return None;
        };
        let from_front =
            |axis: &i32| usize::try_from(if *axis < 0 { axis + rank as i32 } else { *axis }).ok();
        let mut axes: Vec<usize> = axes.iter().map(from_front).collect::<Option<_>>()?;
        axes.sort_unstable();
        axes.dedup();
        Some(axes)
    }

    /// The layers' names: those of their outputs.
    fn names(&self, operators: &[&Operator]) -> Option<Vec<String>> {
        let name = |op: &&Operator| Some(self.graph.tensor(*op.outputs.first()?).name.clone());
        operators.iter().map(name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(text: &str, pattern: Pattern) -> Vec<Vec<String>> {
        let model = quant_recipe::build(&quant_case::recipe::parse(text).unwrap()).unwrap();
        pattern.find(&model)
    }

    const NORM: &str = r#"
        operand { name: "x" type: FLOAT32 shape { dim: 2 dim: 8 } }
        operand { name: "axes" type: INT32 shape { dim: 1 } filler { tag: "explicit" arg: "1" } }
        operand { name: "same" type: INT32 shape { dim: 1 } filler { tag: "explicit" arg: "-1" } }
        operand { name: "eps" type: FLOAT32 shape { dim: 1 } filler { tag: "explicit" arg: "0.001" } }
        operand { name: "mean" type: FLOAT32 shape { dim: 2 dim: 1 } }
        operand { name: "sub" type: FLOAT32 shape { dim: 2 dim: 8 } }
        operand { name: "square" type: FLOAT32 shape { dim: 2 dim: 8 } }
        operand { name: "variance" type: FLOAT32 shape { dim: 2 dim: 1 } }
        operand { name: "add" type: FLOAT32 shape { dim: 2 dim: 1 } }
        operand { name: "root" type: FLOAT32 shape { dim: 2 dim: 1 } }
        operand { name: "y" type: FLOAT32 shape { dim: 2 dim: 8 } }
        operation { type: "Mean" input: "x" input: "axes" output: "mean" mean_options { keep_dims: true } }
        operation { type: "Sub" input: "x" input: "mean" output: "sub" sub_options { activation: NONE } }
        operation { type: "Mul" input: "sub" input: "sub" output: "square" mul_options { activation: NONE } }
        operation { type: "Mean" input: "square" input: "same" output: "variance" mean_options { keep_dims: true } }
        operation { type: "Add" input: "variance" input: "eps" output: "add" add_options { activation: NONE } }
        operation { type: "Rsqrt" input: "add" output: "root" }
        operation { type: "Mul" input: "sub" input: "root" output: "y" mul_options { activation: NONE } }
        input: "x" output: "y""#;

    #[test]
    fn a_layer_norm() {
        let wanted = [["square", "variance", "add", "root"]];
        assert_eq!(find(NORM, Pattern::LayerNorm), wanted);
        assert!(find(NORM, Pattern::Softmax).is_empty());
        for (from, to) in [
            (r#"input: "sub" input: "root""#, r#"input: "root" input: "sub""#),
            (
                r#"input: "variance" input: "eps""#,
                r#"input: "eps" input: "variance""#,
            ),
        ] {
            assert_eq!(find(&NORM.replace(from, to), Pattern::LayerNorm), wanted);
        }
        for (from, to) in [
            (r#"arg: "-1""#, r#"arg: "0""#),
            (r#"input: "sub" input: "sub""#, r#"input: "sub" input: "x""#),
            (r#"type: "Rsqrt""#, r#"type: "Abs""#),
            (r#"input: "x" input: "axes""#, r#"input: "axes" input: "axes""#),
        ] {
            let changed = NORM.replace(from, to);
            assert_ne!(changed, NORM);
            let recipe = quant_case::recipe::parse(&changed).unwrap();
            if let Ok(model) = quant_recipe::build(&recipe) {
                assert!(Pattern::LayerNorm.find(&model).is_empty(), "{from}");
            }
        }
    }

    const SOFTMAX: &str = r#"
        operand { name: "x" type: FLOAT32 shape { dim: 2 dim: 8 } }
        operand { name: "axes" type: INT32 shape { dim: 1 } filler { tag: "explicit" arg: "-1" } }
        operand { name: "max" type: FLOAT32 shape { dim: 2 dim: 1 } }
        operand { name: "sub" type: FLOAT32 shape { dim: 2 dim: 8 } }
        operand { name: "exp" type: FLOAT32 shape { dim: 2 dim: 8 } }
        operand { name: "sum" type: FLOAT32 shape { dim: 2 dim: 1 } }
        operand { name: "y" type: FLOAT32 shape { dim: 2 dim: 8 } }
        operation { type: "ReduceMax" input: "x" input: "axes" output: "max" reduce_max_options { keep_dims: true } }
        operation { type: "Sub" input: "x" input: "max" output: "sub" sub_options { activation: NONE } }
        operation { type: "Exp" input: "sub" output: "exp" }
        operation { type: "Sum" input: "exp" input: "axes" output: "sum" sum_options { keep_dims: true } }
        operation { type: "Div" input: "exp" input: "sum" output: "y" div_options { activation: NONE } }
        input: "x" output: "y""#;

    #[test]
    fn a_softmax() {
        assert_eq!(find(SOFTMAX, Pattern::Softmax), [["sub", "exp"]]);
        assert!(find(SOFTMAX, Pattern::LayerNorm).is_empty());
        let other_way = SOFTMAX.replace(r#"input: "exp" input: "sum""#, r#"input: "sum" input: "exp""#);
        assert!(find(&other_way, Pattern::Softmax).is_empty());
        // Along the first dimension it is none.
        let first = SOFTMAX
            .replace(r#"arg: "-1""#, r#"arg: "0""#)
            .replace("dim: 2 dim: 1", "dim: 1 dim: 8");
        assert!(find(&first, Pattern::Softmax).is_empty());
    }
}
