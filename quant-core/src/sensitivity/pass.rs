//! One record: the float model, the quantized one, and each layer between them.

use quant_interp::Workspace;
use quant_ir::TensorId;
use quant_ir::error::Result;
use quant_ir::value::{Data, Value};

use super::energy::Energy;
use super::measures::Measures;
use super::onward::{Form, Ready, Room, States};
use super::source::{Source, Values};
use super::stretch::stretches;
use crate::metrics::{Sample, numbers};

/// What one record says of a layer.
#[derive(Default)]
pub struct OneLayer {
    pub added: Energy,
    pub weights: Option<Energy>,
    pub inputs: Energy,
    pub output: Energy,
    pub alone: Vec<Sample>,
    pub restored: Vec<Sample>,
}

/// What one record says.
pub struct One {
    pub whole: Vec<Sample>,
    pub layers: Vec<OneLayer>,
}

impl Ready<'_> {
    /// Runs a record, and measures what is asked.
    pub fn record(&self, inputs: Vec<Value>, measures: Measures, room: &mut Room) -> Result<One> {
        quant_interp::check_inputs(self.graph, &inputs)?;
        let count = self.graph.tensors().len();
        let mut states = States {
            float: vec![None; count],
            rounded: vec![None; count],
            quantized: vec![None; count],
        };
        for (id, value) in self.graph.inputs().iter().zip(inputs) {
            let rounded = self.rounded(*id, &value, &mut room.workspace);
            states.quantized[id.0] = Some(rounded.as_ref().unwrap_or(&value).clone());
            states.rounded[id.0] = rounded;
            states.float[id.0] = Some(value);
        }
        let mut layers: Vec<OneLayer> = Vec::with_capacity(self.sources.len());
        let mut sources = self.sources.iter().peekable();
        while let Some(Source::Input(id)) = sources.peek() {
            layers.push(input(&states, *id));
            sources.next();
        }
        for index in 0..self.graph.operators().len() {
            let is_layer = sources.next_if_eq(&&Source::Operator(index)).is_some();
            layers.extend(self.operator(index, is_layer, measures.added, &mut states, room)?);
        }
        let all = |value: Option<&Value>| value.map_or_else(Vec::new, numbers);
        let outputs_of_graph = self.graph.outputs();
        let wanted = outputs_of_graph
            .iter()
            .map(|id| all(self.value(&states.float, *id)));
        let wanted: Vec<Vec<f64>> = wanted.collect();
        let samples = |values: &Values, over: &Values| -> Vec<Sample> {
            let found = |id: &TensorId| over[id.0].as_ref().or_else(|| self.value(values, *id));
            let pairs = outputs_of_graph.iter().zip(&wanted);
            pairs
                .map(|(id, wanted)| Sample::of(wanted, &all(found(id))))
                .collect()
        };
        let whole = samples(&states.quantized, &vec![None; count]);
        if measures.alone || measures.restored {
            let stretches = stretches(self.graph, &self.float, &states.float, self.sources);
            if measures.alone {
                self.each(Form::Float, &states, &stretches, room, |at, over| {
                    layers[at].alone = samples(&states.float, over);
                })?;
            }
            if measures.restored {
                self.each(Form::Quantized, &states, &stretches, room, |at, over| {
                    layers[at].restored = samples(&states.quantized, over);
                })?;
            }
        }
        for values in [states.float, states.rounded, states.quantized] {
            values
                .into_iter()
                .flatten()
                .for_each(|value| room.workspace.recycle(value));
        }
        Ok(One { whole, layers })
    }

    /// The value of a tensor, a constant's too.
    fn value<'v>(&'v self, values: &'v Values, id: TensorId) -> Option<&'v Value> {
        values[id.0].as_ref().or_else(|| self.float.constant(id))
    }

    /// A value on the grid of its tensor; `None` where it has none.
    fn rounded(&self, id: TensorId, value: &Value, room: &mut Workspace) -> Option<Value> {
        let grid = self.grids[id.0]?;
        let mut rounded = match &value.data {
            Data::F32(data) => {
                let mut copy = room.spare(data.len());
                copy.copy_from_slice(data);
                let (shape, data) = (value.shape.clone(), Data::F32(copy));
                Value { shape, data }
            }
            _ => value.clone(),
        };
        grid.apply(&mut rounded);
        Some(rounded)
    }

    /// Runs an operator in every form, and measures what its layer adds.
    fn operator(
        &self,
        index: usize,
        is_layer: bool,
        added: bool,
        states: &mut States,
        room: &mut Room,
    ) -> Result<Option<OneLayer>> {
        let op = &self.graph.operators()[index];
        let room = &mut room.workspace;
        if self.float.is_folded(index) {
            return Ok(None);
        }
        let made = self
            .float
            .operate(index, |id| states.float[id.0].as_ref(), room)?;
        let mut layer = OneLayer::default();
        let added = is_layer && added;
        if added {
            let energy = |other: &[Value]| {
                let mut sum = Energy::default();
                made.iter().zip(other).for_each(|(a, b)| sum += Energy::of(a, b));
                sum
            };
            let on_grids = |values: &mut [Value]| {
                for (id, value) in op.outputs.iter().zip(values) {
                    if let Some(grid) = self.grids[id.0] {
                        grid.apply(value);
                    }
                }
            };
            if self.weighted[index] > 0 {
                let mut with = self
                    .weights
                    .operate(index, |id| states.float[id.0].as_ref(), room)?;
                layer.weights = Some(energy(&with));
                on_grids(&mut with);
                layer.added = energy(&with);
                with.into_iter().for_each(|value| room.recycle(value));
            }
            if op
                .inputs
                .iter()
                .flatten()
                .any(|id| states.rounded[id.0].is_some())
            {
                let of = |id: TensorId| states.rounded[id.0].as_ref().or(states.float[id.0].as_ref());
                let with = self.float.operate(index, of, room)?;
                layer.inputs = energy(&with);
                with.into_iter().for_each(|value| room.recycle(value));
            } else {
                layer.inputs = energy(&made);
            }
        }
        let quantized = self
            .weights
            .operate(index, |id| states.quantized[id.0].as_ref(), room)?;
        for ((id, value), mut quantized) in op.outputs.iter().zip(made).zip(quantized) {
            if let Some(grid) = self.grids[id.0] {
                grid.apply(&mut quantized);
                let rounded = self.rounded(*id, &value, room);
                if let (Some(rounded), true) = (&rounded, added) {
                    layer.output += Energy::of(&value, rounded);
                }
                states.rounded[id.0] = rounded;
            } else if added {
                layer.output += Energy::of(&value, &value);
            }
            states.float[id.0] = Some(value);
            states.quantized[id.0] = Some(quantized);
        }
        if self.weighted[index] == 0 {
            layer.added = layer.output;
        }
        Ok(is_layer.then_some(layer))
    }
}

/// What a graph input adds.
fn input(states: &States, id: TensorId) -> OneLayer {
    let (Some(float), Some(rounded)) = (&states.float[id.0], &states.rounded[id.0]) else {
        return OneLayer::default();
    };
    let energy = Energy::of(float, rounded);
    OneLayer {
        added: energy,
        output: energy,
        ..OneLayer::default()
    }
}
