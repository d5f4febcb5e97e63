//! What is known of a graph before anything is decided: rules, constants, what each operand is.

use quant_ir::{DType, Graph, Model, OpId, Operator, TensorId};
use quant_schema::BuiltinOptionsT;

use super::rules::{Memory, Rule, Scale, rule_of};
use crate::scheme::tflite::Options;
use crate::scheme::tflite::common::constant;
use crate::scheme::{Kept, Why};

/// One graph of a float model.
pub struct Facts<'m> {
    /// The model.
    pub model: &'m Model,
    /// Number of the graph.
    pub number: usize,
    /// What is asked for.
    pub options: &'m Options,
    /// The rule of each operator.
    pub rules: Vec<Option<Rule>>,
    /// Which operators were asked to stay float.
    pub denied: Vec<bool>,
    /// Which tensors are float constants.
    pub constants: Vec<bool>,
}

/// What an operand of a quantized operator is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Not there, or no float.
    None,
    /// An activation.
    Value,
    /// A constant with the parameters that the operator's other operands have.
    Like,
    /// A constant with a zero point and a scale of its own.
    Plain,
    /// A constant without a zero point: the dimension with a scale for each index, or none.
    Filter(Option<usize>),
    /// A 16-bit constant without a zero point.
    Short,
    /// The time weights of SVDF.
    Time,
    /// A bias.
    Bias(Product),
    /// The state of LSTM that has the parameters of the result.
    Output,
    /// The cell state of LSTM.
    Cell,
    /// The state of SVDF.
    State,
}

/// What is multiplied to the scale of a bias.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Product {
    /// The scales of these operands; the second is the filter.
    Of(usize, usize),
    /// The scale of the weights of layer normalization, and 2⁻¹⁰.
    LayerNorm(usize),
    /// The scales of an operand and of the last intermediate result.
    Projection(usize),
}

impl<'m> Facts<'m> {
    /// Those of the graph of that number.
    pub fn of(model: &'m Model, number: usize, options: &'m Options) -> Self {
        let graph = &model.graphs()[number];
        let named = |op: &Operator| {
            let outputs: Vec<&str> = op
                .outputs
                .iter()
                .map(|id| graph.tensor(*id).name.as_str())
                .collect();
            options.stays_float(op.code.builtin, &outputs)
        };
        let operators = graph.operators().iter();
        Self {
            model,
            number,
            options,
            rules: operators.clone().map(|op| rule_of(op, options.compat)).collect(),
            denied: operators.map(named).collect(),
            constants: graph
                .ids()
                .map(|id| constant::is_float(model, number, id))
                .collect(),
        }
    }

    /// The graph.
    pub fn graph(&self) -> &'m Graph {
        &self.model.graphs()[self.number]
    }

    /// Whether a tensor holds floats of 32 bits.
    pub fn is_float(&self, id: TensorId) -> bool {
        self.graph().tensor(id).dtype == DType::Float32
    }

    /// Whether a tensor is a float that is no constant.
    pub fn is_value(&self, id: TensorId) -> bool {
        self.is_float(id) && !self.constants[id.0]
    }

    /// The float operands of an operator, with their places.
    pub fn operands(&self, op: usize) -> impl Iterator<Item = (usize, TensorId)> + use<'_, 'm> {
        let inputs = self.graph().operators()[op].inputs.iter().enumerate();
        inputs.filter_map(|(at, id)| id.filter(|id| self.is_float(*id)).map(|id| (at, id)))
    }

    /// The float results of an operator.
    pub fn results(&self, op: usize) -> impl Iterator<Item = TensorId> + use<'_, 'm> {
        let outputs = self.graph().operators()[op].outputs.iter().copied();
        outputs.filter(|id| self.is_float(*id))
    }

    /// The operator that makes a tensor, and its rule.
    pub fn producer(&self, id: TensorId) -> Option<(usize, Option<&Rule>)> {
        let OpId(op) = self.graph().producer(id)?;
        Some((op, self.rules[op].as_ref()))
    }

    /// The recorded range of a tensor.
    pub fn range(&self, id: TensorId) -> Option<(f32, f32)> {
        let quant = self.graph().tensor(id).quant.as_ref()?;
        Some((*quant.min.first()?, *quant.max.first()?))
    }

    /// The tensor of an intermediate result.
    pub fn intermediate(&self, op: usize, at: usize) -> Option<TensorId> {
        let list = self.graph().operators()[op].intermediates.as_ref()?;
        let number = usize::try_from(*list.get(at)?).ok()?;
        (number < self.graph().tensors().len()).then_some(TensorId(number))
    }

    /// What operand `at` is to an operator with a rule.
    pub fn role(&self, op: usize, rule: &Rule, at: usize) -> Role {
        let Some(id) = self.graph().operators()[op].input(at) else {
            return Role::None;
        };
        if !self.is_float(id) {
            return Role::None;
        }
        if let Some(role) = rule.memory.and_then(|memory| self.remembered(op, memory, at)) {
            return role;
        }
        if let Some(bias) = rule.bias.filter(|bias| bias.operand == at) {
            return Role::Bias(Product::Of(bias.input, 1));
        }
        if !self.constants[id.0] {
            return Role::Value;
        }
        match rule.filter.filter(|filter| filter.operand == at) {
            Some(filter) => Role::Filter(filter.channels.filter(|_| !self.one_scale(op))),
            None if rule.is_same() => Role::Like,
            None => Role::Plain,
        }
    }

    /// Whether the filter of an operator has one scale for all its channels.
    fn one_scale(&self, op: usize) -> bool {
        let dense = matches!(
            self.graph().operators()[op].options.builtin(),
            BuiltinOptionsT::FullyConnectedOptions(_)
        );
        self.options.per_tensor || (self.options.dense_per_tensor && dense)
    }

    fn remembered(&self, op: usize, memory: Memory, at: usize) -> Option<Role> {
        let norm = |gate: usize| self.graph().operators()[op].input(20 + gate).is_some();
        match (memory, at) {
            (Memory::Lstm, 1..=8 | 16) | (Memory::Svdf, 1) => Some(Role::Filter(None)),
            (Memory::Lstm, 9..=11 | 20..=23) => Some(Role::Short),
            (Memory::Lstm, 12..=15) if norm(at - 12) => Some(Role::Bias(Product::LayerNorm(at + 8))),
            (Memory::Lstm, 12..=15) => Some(Role::Bias(Product::Of(0, at - 11))),
            (Memory::Lstm, 17) => Some(Role::Bias(Product::Projection(16))),
            (Memory::Lstm, 18) => Some(Role::Output),
            (Memory::Lstm, 19) => Some(Role::Cell),
            (Memory::Svdf, 2) => Some(Role::Time),
            (Memory::Svdf, 3) => Some(Role::Bias(Product::Of(2, 4))),
            (Memory::Svdf, 4) => Some(Role::State),
            _ => None,
        }
    }

    /// The constant whose parameters a result has, with the operand's place.
    pub fn table(&self, op: usize) -> Option<(usize, TensorId)> {
        let Scale::Of(at) = self.rules[op]?.result else {
            return None;
        };
        let id = self.graph().operators()[op].input(at)?;
        self.constants[id.0].then_some((at, id))
    }

    /// Whether a role is that of a constant.
    pub fn must_be_constant(role: Role) -> bool {
        matches!(
            role,
            Role::Like | Role::Plain | Role::Filter(_) | Role::Short | Role::Time | Role::Bias(_)
        )
    }

    /// An operator that stays float.
    pub fn kept(&self, op: usize, why: Why) -> Kept {
        let graph = self.graph();
        let operator = &graph.operators()[op];
        let output = operator.outputs.first();
        let output = output.map_or("", |id| graph.tensor(*id).name.as_str());
        let mut kept = Kept::new(self.number, op, operator.code.builtin, output, why);
        if let Some(custom) = &operator.code.custom {
            kept.kind.clone_from(custom);
        }
        kept
    }
}
