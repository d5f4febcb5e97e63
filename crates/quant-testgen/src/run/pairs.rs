//! What became of each tensor of a float model: the operators of both models, in pairs.
//!
//! Names and number of inserted tensors are a quantizer's own affair. What an operator reads and makes is not.

use std::collections::{BTreeMap, BTreeSet};

use quant_case::uses::use_name;
use quant_core::dump;
use quant_core::ir::{Builtin, DType, Graph, Model, OpId, Operator, TensorId};

use crate::results::{FromDump, Quantized};

/// The tensors of the float model as the quantized one has them: an activation as its operator makes it (a graph input
/// as it enters), a constant as it is stored; and each use that reads anything else.
///
/// # Errors
/// The quantized model has other operators than the float one.
pub fn tensors(float: &Model, quantized: &Model) -> Result<Vec<Quantized>, String> {
    let pairs = Pairs {
        float: float.main(),
        model: quantized,
        twins: twins(float.main(), quantized.main())?,
    };
    let own = pairs.own(float);
    let mut made = Vec::new();
    for (id, twin) in &own {
        made.push(pairs.show(pairs.float.tensor(*id).name.clone(), *twin)?);
    }
    let mut seen = BTreeSet::new();
    for (operator, twin) in pairs.pairs() {
        for (id, read) in operands(operator, twin) {
            let Some(own) = own
                .get(&id)
                .filter(|_| pairs.float.tensor(id).dtype == DType::Float32)
            else {
                continue;
            };
            let output = operator
                .outputs
                .first()
                .map_or("", |id| &pairs.float.tensor(*id).name);
            let name = use_name(&pairs.float.tensor(id).name, output);
            let read = pairs.show(name.clone(), read)?;
            let own = pairs.show(name.clone(), *own)?;
            if read != own && seen.insert(name) {
                made.push(read);
            }
        }
    }
    Ok(made)
}

struct Pairs<'a> {
    float: &'a Graph,
    model: &'a Model,
    /// The operator that computes what each of the float model's does.
    twins: Vec<OpId>,
}

impl<'a> Pairs<'a> {
    fn pairs(&self) -> impl Iterator<Item = (&'a Operator, &'a Operator)> {
        let graph = self.model.main();
        let pairs = self.float.operators().iter().zip(&self.twins);
        let pairs = pairs.map(|(operator, twin)| (operator, graph.operator(*twin)));
        // An activation that its producer computes reads nothing of its own.
        pairs.filter(|(operator, twin)| operator.code.builtin == twin.code.builtin)
    }

    /// The twin of each tensor that has a golden.
    fn own(&self, float: &Model) -> BTreeMap<TensorId, TensorId> {
        let graph = self.model.main();
        let mut own = BTreeMap::new();
        for (id, twin) in self.float.inputs().iter().zip(graph.inputs()) {
            let enters = graph.readers(*twin).iter().map(|reader| graph.operator(*reader));
            let mut enters = enters.filter(|reader| reader.code.builtin == Builtin::QUANTIZE);
            // One that enters as integers is requantized, if anything.
            let is_float = graph.tensor(*twin).dtype == DType::Float32;
            let enter = enters.next().filter(|_| is_float);
            let enter = enter.and_then(|enter| enter.outputs.first().copied());
            own.insert(*id, enter.unwrap_or(*twin));
        }
        for (operator, twin) in self.pairs() {
            for (id, read) in operands(operator, twin) {
                if float.is_const(self.float.tensor(id)) {
                    own.entry(id).or_insert_with(|| self.stored(read));
                }
            }
        }
        for (operator, twin) in self.float.operators().iter().zip(&self.twins) {
            own.extend(
                operator
                    .outputs
                    .iter()
                    .copied()
                    .zip(graph.operator(*twin).outputs.iter().copied()),
            );
        }
        own.retain(|id, _| {
            let tensor = self.float.tensor(*id);
            tensor.dtype == DType::Float32 || float.is_const(tensor)
        });
        own
    }

    /// The constant behind a DEQUANTIZE, or else the tensor.
    fn stored(&self, id: TensorId) -> TensorId {
        let graph = self.model.main();
        let producer = graph.producer(id).map(|producer| graph.operator(producer));
        let source = producer
            .filter(|producer| producer.code.builtin == Builtin::DEQUANTIZE)
            .and_then(|producer| producer.input(0));
        source
            .filter(|source| self.model.is_const(graph.tensor(*source)))
            .unwrap_or(id)
    }

    fn show(&self, name: String, id: TensorId) -> Result<Quantized, String> {
        let tensor = self.model.main().tensor(id);
        let golden = dump::tensor(self.model, tensor).map_err(|error| error.to_string())?;
        let dtype = tensor.dtype.word().to_owned();
        if tensor.dtype == DType::Float16
            && let Some(data) = self.model.data(tensor)
        {
            // The bits, whose golden has no tolerance.
            let bits = data
                .as_chunks()
                .0
                .iter()
                .map(|bytes| i64::from(u16::from_le_bytes(*bytes)));
            let values = Some((golden.shape, bits.collect()));
            return Ok(Quantized {
                name,
                dtype,
                scale: None,
                zero_point: None,
                quantized_dimension: None,
                values,
            });
        }
        let plain = Quantized {
            name: name.clone(),
            dtype,
            scale: None,
            zero_point: None,
            quantized_dimension: None,
            values: None,
        };
        Ok(Quantized::from_dump((name, golden)).unwrap_or(plain))
    }
}

/// The operands of an operator, with what its twin reads there.
fn operands<'a>(
    operator: &'a Operator,
    twin: &'a Operator,
) -> impl Iterator<Item = (TensorId, TensorId)> + 'a {
    let both = operator.inputs.iter().zip(&twin.inputs);
    both.filter_map(|(id, read)| Some(((*id)?, (*read)?)))
}

/// The operators of the quantized model that are none of its own, one for each of the float model's; an activation that
/// is fused has its producer's.
fn twins(float: &Graph, quantized: &Graph) -> Result<Vec<OpId>, String> {
    let casts = [Builtin::QUANTIZE, Builtin::DEQUANTIZE];
    let operators = quantized.operators().iter().enumerate();
    let mut operators = operators
        .filter(|(_, operator)| !casts.contains(&operator.code.builtin))
        .peekable();
    let mut twins: Vec<OpId> = Vec::new();
    for (at, operator) in float.operators().iter().enumerate() {
        let builtin = operator.code.builtin;
        if let Some((index, _)) = operators.next_if(|(_, twin)| twin.code.builtin == builtin) {
            twins.push(OpId(index));
            continue;
        }
        let activations = [Builtin::RELU, Builtin::RELU6, Builtin::RELU_N1_TO_1];
        let producer = operator
            .input(0)
            .and_then(|id| float.producer(id))
            .filter(|_| activations.contains(&builtin));
        let producer = producer.and_then(|producer| twins.get(producer.0)).copied();
        let lost = || format!("the quantized model has no twin of operator {at} {builtin} of the float one");
        twins.push(producer.ok_or_else(lost)?);
    }
    match operators.next() {
        None => Ok(twins),
        Some((index, operator)) => Err(format!(
            "operator {index} {} of the quantized model is none of the float one's",
            operator.code.builtin
        )),
    }
}
