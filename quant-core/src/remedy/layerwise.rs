//! The float model and what a scheme makes of it, side by side, operator after operator on all records: each layer is seen
//! with the inputs of the network that is quantized, and mended, so far.

use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::value::{Data, Value};
use quant_ir::{Model, OpId, Operator, TensorId};
use quant_schema::ActivationFunctionType as Activation;

use super::edit::fuse;
use super::kind::Room;
use super::layer::{Layer, size};
use super::numbers::{Integers, Numbers};
use super::single::Single;
use crate::record::Records;

/// Bytes that the values of both models may take; fewer records are looked at where all take more.
const MEMORY: usize = 768 << 20;

/// Records that are looked at, at least.
const FEW: usize = 8;

/// A layer as it is seen.
pub struct Visit<'v> {
    /// The layer.
    pub layer: &'v Layer,
    /// The integers of its weights.
    pub integers: &'v Integers,
    /// What it reads in the float model, a value for each record.
    pub float: &'v [Value],
    /// What it reads in the quantized model.
    pub quantized: &'v [Value],
    /// What it makes in the float model, before its activation.
    pub wanted: &'v [Value],
    /// The activation behind that.
    pub activation: Activation,
}

/// What is done to layers.
pub trait Cure {
    /// Looks at what a layer makes in the float model, before its activation, whether its weights become integers or not.
    fn see(&mut self, _layer: &Layer, _activation: Activation, _wanted: &[Value]) {}

    /// The reals that stand for the weights from here on, in place of those that the scheme gives them.
    ///
    /// # Errors
    /// What the remedy refuses.
    fn weights(&mut self, _visit: &Visit<'_>) -> Result<Option<Vec<f32>>> {
        Ok(None)
    }

    /// What is added to each output channel, given what the layer makes with those weights, before its activation.
    fn shift(&mut self, _visit: &Visit<'_>, _made: &[Value]) -> Option<Vec<f32>> {
        None
    }
}

/// Both models, and what they run on.
pub struct Layerwise<'a> {
    /// What the outputs of each layer are to be.
    pub reference: &'a Model,
    /// The model whose weights become integers; it has the same operators.
    pub work: &'a Model,
    /// What becomes of it.
    pub numbers: &'a Numbers,
    /// What it runs on.
    pub room: Room<'a>,
}

impl Layerwise<'_> {
    /// Visits all layers whose weights become integers; the number of records that were looked at.
    ///
    /// # Errors
    /// No records; variables; an operator that cannot run.
    pub fn run(&self, cure: &mut dyn Cure) -> Result<usize> {
        let records = self
            .room
            .records
            .filter(|records| !records.is_empty())
            .ok_or_else(|| {
                Error::new(
                    "remedies",
                    Problem::NoRecords,
                    "give data; these remedies look at it",
                )
            })?;
        let graph = self.reference.main();
        if let Some(variable) = graph.ids().find(|id| graph.keeps_state(*id)) {
            return Err(Error::new(
                Place::tensor("variable", &graph.tensor(variable).name).numbered(variable.0),
                Problem::Unsupported("remedies that look at records take no model with variables".into()),
                "leave them out",
            ));
        }
        let (dying, live) = self.lifetimes();
        let count = (MEMORY / (8 * live.max(1)))
            .clamp(FEW, records.len().max(FEW))
            .min(records.len());
        let mut sides = Sides {
            float: vec![None; graph.tensors().len()],
            quantized: vec![None; graph.tensors().len()],
        };
        self.begin(records, count, &mut sides)?;
        for (index, dying) in dying.iter().enumerate() {
            self.step(OpId(index), count, &mut sides, cure)?;
            for id in dying {
                (sides.float[id.0], sides.quantized[id.0]) = (None, None);
            }
        }
        Ok(count)
    }

    /// The inputs of the graph.
    fn begin(&self, records: &dyn Records, count: usize, sides: &mut Sides) -> Result<()> {
        let graph = self.reference.main();
        for number in 0..count {
            let record = records.get(number * records.len() / count)?;
            for (id, value) in graph.inputs().iter().zip(record) {
                let fake = self.fake(*id, value.clone());
                sides.float[id.0].get_or_insert_with(Vec::new).push(value);
                sides.quantized[id.0].get_or_insert_with(Vec::new).push(fake);
            }
        }
        Ok(())
    }

    /// A value as the quantized model has it.
    fn fake(&self, id: TensorId, mut value: Value) -> Value {
        if let (Some(grid), Data::F32(values)) = (&self.numbers.activations[id.0], &mut value.data) {
            values.iter_mut().for_each(|x| *x = grid.fake(*x));
        }
        value
    }

    fn step(&self, op: OpId, count: usize, sides: &mut Sides, cure: &mut dyn Cure) -> Result<()> {
        let (reference, work) = (self.reference.main().operator(op), self.work.main().operator(op));
        let mut others = self.quantized_operands(work);
        let activation = reference.options.fused_activation();
        let layer = Layer::of(self.reference, op).filter(|_| splits(activation));
        let Some(layer) = layer else {
            let float = Single::of(self.reference, reference, &[])?;
            let float = float.run(&sides.float, count, self.room.threads)?;
            let quantized = Single::of(self.work, work, &borrowed(&others))?;
            let quantized = quantized.run(&sides.quantized, count, self.room.threads)?;
            let made = float.into_iter().zip(quantized);
            for (id, (float, quantized)) in reference.outputs.iter().zip(made) {
                let quantized = quantized.into_iter().map(|value| self.fake(*id, value)).collect();
                (sides.float[id.0], sides.quantized[id.0]) = (Some(float), Some(quantized));
            }
            return Ok(());
        };
        let mut plain = (reference.clone(), work.clone());
        fuse(&mut plain.0, Activation::NONE);
        fuse(&mut plain.1, Activation::NONE);
        let first = |mut all: Vec<Vec<Value>>| {
            if all.is_empty() {
                Vec::new()
            } else {
                all.swap_remove(0)
            }
        };
        let run = |single: Single, values: &[Option<Vec<Value>>]| {
            single.run(values, count, self.room.threads).map(first)
        };
        let mut wanted = run(Single::of(self.reference, &plain.0, &[])?, &sides.float)?;
        let data = reference.input(layer.data());
        cure.see(&layer, activation, &wanted);
        let (float, quantized) = (sides.read(data, true), sides.read(data, false));
        let id = work.input(1);
        let integers = id.and_then(|id| self.numbers.weights.get(id.0)?.as_ref());
        let visit = integers.map(|integers| Visit {
            layer: &layer,
            integers,
            float,
            quantized,
            wanted: &wanted,
            activation,
        });
        if let Some(weights) = visit.as_ref().map_or(Ok(None), |visit| cure.weights(visit))? {
            others.retain(|(at, _)| *at != 1);
            others.push((1, weights));
        }
        let mut made = run(
            Single::of(self.work, &plain.1, &borrowed(&others))?,
            &sides.quantized,
        )?;
        if let Some(shift) = visit.and_then(|visit| cure.shift(&visit, &made)) {
            add(&mut made, &shift);
        }
        activate(activation, &mut wanted);
        activate(activation, &mut made);
        let id = reference.outputs[0];
        let made = made.into_iter().map(|value| self.fake(id, value)).collect();
        (sides.float[id.0], sides.quantized[id.0]) = (Some(wanted), Some(made));
        Ok(())
    }

    /// The constant operands of an operator that become integers, as what these mean.
    fn quantized_operands(&self, op: &Operator) -> Vec<(usize, Vec<f32>)> {
        let reals = |(at, id): (usize, &Option<TensorId>)| {
            let integers = self.numbers.weights.get((*id)?.0)?.as_ref()?;
            Some((at, integers.reals.clone()))
        };
        op.inputs.iter().enumerate().filter_map(reals).collect()
    }

    /// The activations that nothing reads behind each operator, and how many elements live at once, at most.
    fn lifetimes(&self) -> (Vec<Vec<TensorId>>, usize) {
        let graph = self.reference.main();
        let mut dying: Vec<Vec<TensorId>> = vec![Vec::new(); graph.operators().len()];
        let elements =
            |id: TensorId| -> usize { graph.tensor(id).shape.iter().map(|d| size(*d).max(1)).product() };
        let mut live: usize = graph.inputs().iter().map(|id| elements(*id)).sum();
        for id in graph
            .ids()
            .filter(|id| !self.reference.is_const(graph.tensor(*id)))
        {
            let last = graph.readers(id).last().copied().or(graph.producer(id));
            if let Some(last) = last {
                dying[last.0].push(id);
            }
        }
        let mut most = live;
        for (op, dying) in graph.operators().iter().zip(&dying) {
            live += op.outputs.iter().map(|id| elements(*id)).sum::<usize>();
            most = most.max(live);
            live = live.saturating_sub(dying.iter().map(|id| elements(*id)).sum());
        }
        (dying, most)
    }
}

/// The values of all tensors that are read again, by id; one for each record.
struct Sides {
    float: Vec<Option<Vec<Value>>>,
    quantized: Vec<Option<Vec<Value>>>,
}

impl Sides {
    fn read(&self, id: Option<TensorId>, float: bool) -> &[Value] {
        let side = if float { &self.float } else { &self.quantized };
        id.and_then(|id| side[id.0].as_deref()).unwrap_or_default()
    }
}

/// Adds a number to each channel, the last dimension.
fn add(values: &mut [Value], shift: &[f32]) {
    for value in values {
        if let Data::F32(values) = &mut value.data {
            for line in values.chunks_mut(shift.len()) {
                line.iter_mut().zip(shift).for_each(|(x, by)| *x += by);
            }
        }
    }
}

fn borrowed(others: &[(usize, Vec<f32>)]) -> Vec<(usize, &[f32])> {
    others
        .iter()
        .map(|(at, values)| (*at, values.as_slice()))
        .collect()
}

/// Whether an activation can be taken off its layer.
fn splits(activation: Activation) -> bool {
    matches!(
        activation,
        Activation::NONE | Activation::RELU | Activation::RELU6 | Activation::RELU_N1_TO_1
    )
}

/// What an activation makes of a value.
pub fn activated(activation: Activation, x: f32) -> f32 {
    match activation {
        Activation::RELU => x.max(0.0),
        Activation::RELU6 => x.clamp(0.0, 6.0),
        Activation::RELU_N1_TO_1 => x.clamp(-1.0, 1.0),
        _ => x,
    }
}

fn activate(activation: Activation, values: &mut [Value]) {
    for value in values {
        if let Data::F32(values) = &mut value.data {
            values.iter_mut().for_each(|x| *x = activated(activation, *x));
        }
    }
}
