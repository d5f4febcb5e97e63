//! Operators on integers: each is a float operator between pairs.

use quant_ir::{DType, Result};
use quant_lower::Stored;

use super::parameters::{activation, pair, params};
use super::state::{GraphLowering, Ints, refuse};
use crate::node::Node;

/// How an operator has its operands.
struct Form {
    name: &'static str,
    /// The float operator.
    float: &'static str,
    /// Where activations are, each with its scale and zero point behind it.
    activations: &'static [usize],
    /// Where weights are.
    weights: Option<usize>,
    /// Where the bias is.
    bias: Option<usize>,
    /// Where scale and zero point of the result are.
    result: usize,
}

const fn form(name: &'static str, float: &'static str, activations: &'static [usize], result: usize) -> Form {
    Form {
        name,
        float,
        activations,
        weights: None,
        bias: None,
        result,
    }
}

const FORMS: &[Form] = &[
    Form {
        weights: Some(3),
        bias: Some(8),
        ..form("QLinearConv", "Conv", &[0], 6)
    },
    Form {
        weights: Some(3),
        ..form("QLinearMatMul", "MatMul", &[0], 6)
    },
    Form {
        weights: Some(3),
        bias: Some(6),
        ..form("QGemm", "Gemm", &[0], 7)
    },
    form("QLinearAdd", "Add", &[0, 3], 6),
    form("QLinearMul", "Mul", &[0, 3], 6),
    form("QLinearSigmoid", "Sigmoid", &[0], 3),
    form("QLinearLeakyRelu", "LeakyRelu", &[0], 3),
    form("QLinearAveragePool", "AveragePool", &[0], 3),
    form("QLinearGlobalAveragePool", "GlobalAveragePool", &[0], 3),
    form("QLinearSoftmax", "Softmax", &[0], 3),
    form("QLinearConcat", "Concat", &[], 0),
];

fn find(op: &str) -> Option<&'static Form> {
    FORMS.iter().find(|form| form.name == op)
}

/// Whether an operator works on integers.
pub(super) fn is_one(op: &str) -> bool {
    find(op).is_some()
}

impl GraphLowering {
    /// The float operator between pairs.
    pub fn on_integers(&mut self, node: &Node, inputs: &[Option<Stored>]) -> Result<Vec<Stored>> {
        let Some(form) = find(node.op()) else {
            return refuse(
                "this operator is not lowered",
                "docs/onnx.md lists those that are",
            );
        };
        if node.int("channels_last")?.unwrap_or(0) != 0 {
            return refuse("channels last", "models of onnxruntime's optimizer are not read");
        }
        let get = |index: usize| inputs.get(index).copied().flatten();
        let names = node.inputs();
        let mut operands: Vec<Option<Stored>> = Vec::new();
        let every: Vec<usize> = (2..names.len()).step_by(3).collect();
        let activations = if form.name == "QLinearConcat" {
            every.as_slice()
        } else {
            form.activations
        };
        for index in activations {
            let (scale, zero) = (get(index.saturating_add(1)), get(index.saturating_add(2)));
            operands.push(Some(self.operand(node, *index, get(*index), (scale, zero), 0)?));
        }
        if let Some(index) = form.weights {
            let (scale, zero) = (get(index.saturating_add(1)), get(index.saturating_add(2)));
            let rank = get(index).map_or(0, |weights| self.builder.shape(weights.id).len());
            let axis = match form.float {
                "Conv" => 0,
                "Gemm" if node.int("transB")?.unwrap_or(0) != 0 => 0,
                _ => rank.saturating_sub(1),
            };
            operands.push(Some(self.operand(
                node,
                index,
                get(index),
                (scale, zero),
                axis,
            )?));
        }
        if let Some(bias) = form.bias.and_then(get) {
            operands.push(Some(self.bias(node, form, bias, (get(1), get(4)))?));
        }
        let name = node.outputs().first().copied().unwrap_or_default().to_owned();
        let own = self.builder.fresh(&format!("{name}/float"));
        let mut inner = Node::new(node.name(), form.float, &[], &[&own]);
        for (attribute, value) in node.attributes() {
            if !matches!(attribute, "channels_last" | "opset") {
                inner.set(attribute, &value?);
            }
        }
        let opset = node.int("opset")?;
        let made = self.float_node_at(&inner, operands, opset)?;
        let Some(value) = made.first().copied() else {
            return refuse("no result", "export the model again");
        };
        let (scale, zero) = (get(form.result), get(form.result.saturating_add(1)));
        if scale.is_none() {
            // QGemm without parameters of its result makes floats.
            self.builder.rename(value.id, &name);
            return Ok(vec![value]);
        }
        let (scales, zeros, dtype) = params(&self.builder, scale, zero, DType::Uint8)?;
        let ints = activation(&scales, &zeros, dtype)?;
        self.on_integers_in_file(value, &ints);
        let made = pair(&mut self.builder, value, &ints, &name)?;
        self.integers.insert(name, ints);
        Ok(vec![made])
    }

    /// Gives a float the parameters of its integers: the operator that makes it is one on integers in the file
    /// (`quant_interp::joined`).
    pub fn on_integers_in_file(&mut self, value: Stored, ints: &Ints) {
        let tensor = self.builder.model.main_mut().tensor_mut(value.id);
        tensor.quant = Some(ints.params.clone());
    }

    /// An operand as a float: an activation behind its pair, or a constant.
    fn operand(
        &mut self,
        node: &Node,
        index: usize,
        operand: Option<Stored>,
        (scale, zero): (Option<Stored>, Option<Stored>),
        axis: usize,
    ) -> Result<Stored> {
        let Some(operand) = operand else {
            return refuse(format!("no input {index}"), "export the model again");
        };
        let read = node.inputs().get(index).copied().unwrap_or_default().to_owned();
        if self.integers.contains_key(&read) || self.builder.dtype(operand.id) == DType::Float32 {
            return Ok(operand);
        }
        let unsaid = self.builder.dtype(operand.id);
        let (scales, zeros, _) = params(&self.builder, scale, zero, unsaid)?;
        if !self.builder.is_constant(operand.id) {
            let id = self.builder.own(operand)?;
            let name = self.builder.fresh(&format!("{read}/float"));
            let made = self.input_of_integers(id, &scales, &zeros, &name)?;
            return Ok(made.first().copied().unwrap_or(operand));
        }
        let name = self.builder.fresh(&format!("{read}/{}", node.name()));
        let made = self.constant(operand.id, (&scales, &zeros), axis, (0, &[]), &name)?;
        match made.first() {
            Some(made) => Ok(*made),
            None => refuse("no constant", ""),
        }
    }

    /// The bias: integers of the scale of the input times that of the weights (QGemm: times alpha).
    #[allow(clippy::arithmetic_side_effects)] // floats
    fn bias(
        &mut self,
        node: &Node,
        form: &Form,
        bias: Stored,
        (x, w): (Option<Stored>, Option<Stored>),
    ) -> Result<Stored> {
        let (x, _, _) = params(&self.builder, x, None, DType::Int32)?;
        let (w, _, _) = params(&self.builder, w, None, DType::Int32)?;
        let alpha = if form.float == "Gemm" {
            node.float("alpha")?.unwrap_or(1.0)
        } else {
            1.0
        };
        let x = x.first().copied().unwrap_or(1.0);
        let scales: Vec<f32> = w.iter().map(|w| alpha * x * w).collect();
        let rank = self.builder.shape(bias.id).len();
        let zeros = vec![0; scales.len()];
        let name = self.builder.fresh(&format!("{}/bias", node.name()));
        let made = self.constant(
            bias.id,
            (&scales, &zeros),
            rank.saturating_sub(1),
            (0, &[]),
            &name,
        )?;
        match made.first() {
            Some(made) => Ok(*made),
            None => refuse("no bias", ""),
        }
    }

    /// A float node as it is at a version of the operators.
    fn float_node_at(
        &mut self,
        node: &Node,
        inputs: Vec<Option<Stored>>,
        opset: Option<i64>,
    ) -> Result<Vec<Stored>> {
        let around = opset.and_then(|version| self.set_opset(version));
        let made = self.float_node(node, inputs);
        if opset.is_some() {
            self.set_opset(around.unwrap_or(1));
        }
        made
    }
}
