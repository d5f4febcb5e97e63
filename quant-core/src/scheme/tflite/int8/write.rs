//! The quantized graph: operators with integers for operands, QUANTIZE and DEQUANTIZE between them and the others.

use std::collections::BTreeMap;

use quant_ir::error::Result;
use quant_ir::{Builtin, DType, FreeNames, Graph, Model, Operator, QuantParam, TensorId};

use super::code::Constants;
use super::fold;
use super::params::Params;
use super::plan::Plan;
use super::stored::Stored;
use crate::scheme::tflite::common::{cast, constant};

/// What is written.
pub struct Writing {
    /// What becomes of the graph.
    pub plan: Plan,
    /// The integers of constants.
    pub constants: Constants,
    /// States and intermediate results with parameters of their own.
    pub states: Vec<(TensorId, Params)>,
    /// The version of each quantized operator.
    pub versions: Vec<Option<i32>>,
    /// Operators that went into others.
    pub gone: Vec<bool>,
    /// Constants that somebody still reads as floats.
    pub float_constants: Vec<bool>,
    /// Element types of the float inputs and outputs.
    pub interface: (DType, DType),
}

/// Puts the quantized graph in the place of the float one. Returns the outputs that moved to other tensors.
///
/// # Errors
/// None that a sound graph could have.
pub fn write(
    model: &mut Model,
    number: usize,
    stored: &mut Stored,
    writing: &Writing,
) -> Result<BTreeMap<TensorId, TensorId>> {
    let constants = store(model, number, stored, writing);
    let graph = &mut model.graphs_mut()[number];
    for (id, params) in &writing.states {
        let tensor = graph.tensor_mut(*id);
        (tensor.dtype, tensor.quant) = (params.dtype, Some(params.stored()));
    }
    let count = graph.tensors().len();
    let operators = graph.take_operators();
    let mut writer = Writer {
        names: FreeNames::of(graph),
        graph,
        writing,
        constants,
        integers: vec![None; count],
        floats: vec![None; count],
        requantized: vec![None; writing.plan.requantized.len()],
        others: BTreeMap::new(),
        reads: BTreeMap::new(),
    };
    for (at, other) in writing.plan.requantized.iter().enumerate() {
        writer.others.entry(other.value).or_default().push(at);
        writer.reads.extend(other.users.iter().map(|user| (*user, at)));
    }
    writer.inputs()?;
    for (op, operator) in operators.into_iter().enumerate() {
        writer.operator(op, operator)?;
    }
    writer.outputs()
}

/// Stores integers in constants; returns the tensor of each operand. The first gets the constant's own tensor, if
/// nobody reads its floats.
fn store(
    model: &mut Model,
    number: usize,
    stored: &mut Stored,
    writing: &Writing,
) -> BTreeMap<(usize, usize), TensorId> {
    let graph = &mut model.graphs_mut()[number];
    let mut names = FreeNames::of(graph);
    let mut taken = writing.float_constants.clone();
    // Copies before integers, which may go into the buffer that they are copies of.
    let mut tensors = Vec::new();
    for coded in &writing.constants.coded {
        let id = coded.source;
        tensors.push(if std::mem::replace(&mut taken[id.0], true) {
            let name = graph.tensor(id).name.clone();
            constant::copy(graph, &mut names, &mut stored.uses, id, &name)
        } else {
            id
        });
    }
    for (coded, id) in writing.constants.coded.iter().zip(&tensors) {
        stored.store(model, number, *id, coded);
    }
    let of = writing.constants.of.iter();
    of.map(|(user, at)| (*user, tensors[*at])).collect()
}

struct Writer<'a> {
    graph: &'a mut Graph,
    names: FreeNames,
    writing: &'a Writing,
    constants: BTreeMap<(usize, usize), TensorId>,
    /// The tensor of a value's integers, once it is made.
    integers: Vec<Option<TensorId>>,
    /// The tensor of its floats, once it is made.
    floats: Vec<Option<TensorId>>,
    /// The tensors of values with other parameters.
    requantized: Vec<Option<TensorId>>,
    /// Their numbers, by value.
    others: BTreeMap<TensorId, Vec<usize>>,
    /// The same by operator and operand.
    reads: BTreeMap<(usize, usize), usize>,
}

impl Writer<'_> {
    fn params(&self, id: TensorId) -> Option<Params> {
        self.writing.plan.params.get(id.0).copied().flatten()
    }

    /// What a value's own tensor holds: what the interface asks for, or else what its operator makes.
    fn home(&self, id: TensorId, made: DType) -> DType {
        let (input, output) = self.writing.interface;
        let wanted = if self.graph.is_input(id) {
            input
        } else if self.graph.is_output(id) {
            output
        } else {
            made
        };
        if self.params(id).is_some() {
            wanted
        } else {
            DType::Float32
        }
    }

    /// The tensor of a value in a form: its own, or a new one.
    fn tensor(&mut self, id: TensorId, home: DType, form: DType) -> TensorId {
        let quant = match self.params(id) {
            Some(params) if form == DType::Uint8 => Some(unsigned(params)),
            Some(params) if form == DType::Int8 => Some(params.stored()),
            _ => None,
        };
        if home == form {
            let tensor = self.graph.tensor_mut(id);
            (tensor.dtype, tensor.quant) = (form, quant);
            return id;
        }
        self.twin(id, form, quant)
    }

    /// A new tensor shaped as a value and named after it.
    fn twin(&mut self, id: TensorId, dtype: DType, quant: Option<QuantParam>) -> TensorId {
        let name = format!("{}_{dtype}", self.graph.tensor(id).name);
        cast::tensor(self.graph, &mut self.names, id, &name, dtype, quant)
    }

    fn cast(&mut self, from: TensorId, to: TensorId) -> Result<()> {
        let (builtin, version) = match [from, to].map(|id| self.graph.tensor(id).dtype) {
            [DType::Uint8, DType::Float32] => (Builtin::DEQUANTIZE, 1),
            [_, DType::Float32] => (Builtin::DEQUANTIZE, 2),
            _ => (Builtin::QUANTIZE, 1),
        };
        self.graph.push(cast::operator(builtin, version, from, to))?;
        Ok(())
    }

    /// Gives the float inputs the type that is asked for.
    fn inputs(&mut self) -> Result<()> {
        for id in self.graph.inputs().to_vec() {
            if self.graph.tensor(id).dtype != DType::Float32 {
                continue;
            }
            let home = self.home(id, DType::Float32);
            self.tensor(id, home, home);
            match home {
                DType::Int8 => self.integers[id.0] = Some(id),
                DType::Uint8 if self.writing.plan.read_float.contains(&id) => {
                    let float = self.tensor(id, home, DType::Float32);
                    self.cast(id, float)?;
                    self.floats[id.0] = Some(float);
                }
                DType::Uint8 => {}
                _ => self.floats[id.0] = Some(id),
            }
            self.forms(id, home)?;
        }
        Ok(())
    }

    /// Makes of a value what its readers need besides what is there: integers, floats, integers with other parameters.
    fn forms(&mut self, id: TensorId, home: DType) -> Result<()> {
        if self.params(id).is_none() {
            return Ok(());
        }
        let plan = &self.writing.plan;
        let others = self.others.get(&id).cloned().unwrap_or_default();
        let inner = self.graph.is_output(id) && !self.graph.is_input(id) && home != DType::Float32;
        if self.integers[id.0].is_none() && (plan.read_integer.contains(&id) || !others.is_empty() || inner) {
            let integers = self.tensor(id, home, DType::Int8);
            self.cast(self.floats[id.0].unwrap_or(id), integers)?;
            self.integers[id.0] = Some(integers);
        }
        let Some(integers) = self.integers[id.0] else {
            return Ok(());
        };
        let out = self.graph.is_output(id) && !self.graph.is_input(id);
        if self.floats[id.0].is_none() && (plan.read_float.contains(&id) || (out && home == DType::Float32)) {
            let float = self.tensor(id, home, DType::Float32);
            self.cast(integers, float)?;
            self.floats[id.0] = Some(float);
        }
        if out && home == DType::Uint8 {
            let raw = self.tensor(id, home, DType::Uint8);
            self.cast(integers, raw)?;
        }
        for at in others {
            let params = plan.requantized[at].params;
            let twin = self.twin(id, params.dtype, Some(params.stored()));
            self.cast(integers, twin)?;
            self.requantized[at] = Some(twin);
        }
        Ok(())
    }

    /// Puts an operator back, with what its results' readers need behind it.
    fn operator(&mut self, op: usize, mut operator: Operator) -> Result<()> {
        let writing = self.writing;
        if writing.gone[op] {
            return Ok(());
        }
        let quantized = writing.plan.quantized[op];
        if let Some((_, activation, result)) = writing.plan.fused.get(&op) {
            fold::put(&mut operator, *activation);
            operator.outputs = vec![*result];
        }
        for (at, read) in operator.inputs.iter_mut().enumerate() {
            let Some(id) = *read else { continue };
            let other = self.reads.get(&(op, at)).and_then(|at| self.requantized[*at]);
            let integers = || other.or(self.integers[id.0]);
            let form = if quantized { integers() } else { self.floats[id.0] };
            *read = self.constants.get(&(op, at)).copied().or(form).or(Some(id));
        }
        if quantized && let Some(version) = writing.versions[op] {
            operator.code.version = version;
        }
        let results = operator.outputs.clone();
        let mut after = Vec::new();
        for result in &mut operator.outputs {
            let id = *result;
            if self.graph.tensor(id).dtype != DType::Float32 {
                continue;
            }
            let made = if quantized { DType::Int8 } else { DType::Float32 };
            let home = self.home(id, made);
            *result = self.tensor(id, home, made);
            if !quantized {
                self.floats[id.0] = Some(*result);
                continue;
            }
            self.integers[id.0] = Some(*result);
            if let Some(written) = writing.plan.written.get(&id) {
                let twin = self.twin(id, written.dtype, Some(written.stored()));
                after.push((twin, *result));
                *result = twin;
            }
        }
        self.graph.push(operator)?;
        for (from, to) in after {
            self.cast(from, to)?;
        }
        for id in results {
            let made = if quantized { DType::Int8 } else { DType::Float32 };
            self.forms(id, self.home(id, made))?;
        }
        Ok(())
    }

    /// Inputs that are outputs too, in another type: what the outputs become.
    fn outputs(mut self) -> Result<BTreeMap<TensorId, TensorId>> {
        let mut moved = BTreeMap::new();
        for id in self.graph.outputs().to_vec() {
            let (input, output) = self.writing.interface;
            let both = self.graph.is_input(id) && self.params(id).is_some();
            if !both || input == output || moved.contains_key(&id) {
                continue;
            }
            let to = self.tensor(id, input, output);
            self.cast(id, to)?;
            moved.insert(id, to);
        }
        let outputs = self.graph.outputs().iter();
        let outputs = outputs.map(|id| moved.get(id).copied().unwrap_or(*id)).collect();
        self.graph.set_outputs(outputs)?;
        Ok(moved)
    }
}

fn unsigned(params: Params) -> QuantParam {
    let zero_point = params.zero_point + 128;
    Params { zero_point, ..params }.stored()
}
