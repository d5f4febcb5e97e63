//! The operators of a quantized model again, with Quantize and Dequantize among them.

use super::before::Before;
use quant_ir::error::Result;
use quant_ir::{Builtin, DType, FreeNames, Model, OpCode, Operator, Options, QuantParam, TensorId};

/// Operators that move values and compute none: their outputs are on the grid of their inputs already.
fn preserves_values(builtin: Builtin) -> bool {
    matches!(
        builtin,
        Builtin::CONCATENATION
            | Builtin::DEPTH_TO_SPACE
            | Builtin::GATHER
            | Builtin::SLICE
            | Builtin::STRIDED_SLICE
            | Builtin::RESHAPE
            | Builtin::SPACE_TO_DEPTH
            | Builtin::SPLIT
            | Builtin::SPLIT_V
            | Builtin::TRANSPOSE
            | Builtin::PACK
            | Builtin::UNPACK
            | Builtin::ARG_MAX
    )
}

/// For each tensor that the model had, the one that stands for it as float, and the one that holds its integers.
pub type Seen = (Vec<TensorId>, Vec<Option<TensorId>>);

/// The operators again, with Quantize and Dequantize behind those that computed integers.
pub fn activations(model: &mut Model, before: Before) -> Result<Seen> {
    let mut weave = Weave {
        read_as: (0..before.activations.len()).map(TensorId).collect(),
        integers: vec![None; before.activations.len()],
        names: FreeNames::of(model.main()),
        before,
        operators: Vec::new(),
        model,
    };
    for input in weave.model.main().inputs().to_vec() {
        weave.fake_quantize(input);
    }
    // What nobody makes is empty, or unread.
    for id in weave.model.main().ids() {
        if weave.model.main().producer(id).is_none() {
            weave.unquantize(id);
        }
    }
    for mut op in weave.model.main_mut().take_operators() {
        let builtin = op.code.builtin;
        if builtin == Builtin::DEQUANTIZE
            && let Some(from) = op.input(0).filter(|id| weave.before.activations[id.0])
        {
            if let Some(integers) = weave.integers[from.0] {
                op.inputs = vec![Some(integers)];
                weave.operators.push(op);
            } else if let Some(to) = op.outputs.first() {
                weave.read_as[to.0] = weave.read_as[from.0];
            }
            continue;
        }
        for input in op.inputs.iter_mut().flatten() {
            *input = weave.read_as[input.0];
        }
        let outputs = op.outputs.clone();
        weave.operators.push(op);
        for output in outputs {
            match builtin {
                Builtin::QUANTIZE => weave.dequantize(output),
                _ if preserves_values(builtin) => drop(weave.unquantize(output)),
                _ => weave.fake_quantize(output),
            }
        }
    }
    weave.finish()
}

/// A graph that is being put together again.
struct Weave<'a> {
    model: &'a mut Model,
    before: Before,
    operators: Vec<Operator>,
    /// For each tensor that the model had, the one that stands for it as float.
    read_as: Vec<TensorId>,
    /// For each tensor that the model had, the one that holds its integers now.
    integers: Vec<Option<TensorId>>,
    /// The names that tensors have.
    names: FreeNames,
}

impl Weave<'_> {
    /// Makes a quantized activation float; the type and parameters that it had.
    fn unquantize(&mut self, id: TensorId) -> Option<(DType, QuantParam)> {
        if self.before.activations.get(id.0) != Some(&true) {
            return None;
        }
        let tensor = self.model.main_mut().tensor_mut(id);
        let dtype = std::mem::replace(&mut tensor.dtype, DType::Float32);
        Some((dtype, tensor.quant.take().unwrap_or_default()))
    }

    /// Lets readers see an activation through Quantize and Dequantize.
    fn fake_quantize(&mut self, id: TensorId) {
        // An input may be listed twice; the second time it is float.
        let Some((dtype, quant)) = self.unquantize(id).filter(|(dtype, _)| *dtype != DType::Float32) else {
            return;
        };
        let name = self.model.main().tensor(id).name.clone();
        let (quantize, dequantize) = (format!("{name}_FQ_Quantize"), format!("{name}_FQ_Dequantize"));
        let integers = self.add(id, &quantize, Builtin::QUANTIZE, dtype, Some(quant));
        let floats = self.add(integers, &dequantize, Builtin::DEQUANTIZE, DType::Float32, None);
        self.integers[id.0] = Some(integers);
        self.read_as[id.0] = floats;
    }

    /// The output of a Quantize keeps its integers; readers see them through a Dequantize.
    fn dequantize(&mut self, id: TensorId) {
        if self.before.activations[id.0] {
            let name = format!("{}_Dequantize", self.model.main().tensor(id).name);
            self.integers[id.0] = Some(id);
            self.read_as[id.0] = self.add(id, &name, Builtin::DEQUANTIZE, DType::Float32, None);
        }
    }

    fn add(
        &mut self,
        from: TensorId,
        name: &str,
        builtin: Builtin,
        dtype: DType,
        quant: Option<QuantParam>,
    ) -> TensorId {
        let name = self.names.take(name);
        let graph = self.model.main_mut();
        let mut tensor = graph.tensor(from).of_same_shape(name, dtype);
        tensor.quant = quant;
        let to = graph.add_tensor(tensor);
        self.operators.push(Operator::new(
            OpCode::builtin(builtin),
            vec![Some(from)],
            vec![to],
            Options::default(),
        ));
        to
    }

    /// Hands the graph over: outputs, and inserted operators that nobody reads go.
    fn finish(self) -> Result<Seen> {
        let Self {
            model,
            read_as,
            integers,
            mut operators,
            ..
        } = self;
        let outputs: Vec<TensorId> = model.main().outputs().iter().map(|id| read_as[id.0]).collect();
        model.redirect_signatures(|output| read_as.get(output.0).copied().unwrap_or(output));
        let mut read = vec![false; model.main().tensors().len()];
        outputs.iter().for_each(|id| read[id.0] = true);
        let old = read_as.len();
        let mut kept = Vec::with_capacity(operators.len());
        while let Some(op) = operators.pop() {
            // What makes nothing, as ASSIGN_VARIABLE, does something.
            let inserted = !op.outputs.is_empty() && op.outputs.iter().all(|id| id.0 >= old);
            if inserted && !op.outputs.iter().any(|id| read[id.0]) {
                continue;
            }
            op.inputs.iter().flatten().for_each(|id| read[id.0] = true);
            kept.push(op);
        }
        kept.reverse();
        let graph = model.main_mut();
        for op in kept {
            graph.push(op)?;
        }
        graph.set_outputs(outputs)?;
        Ok((read_as, integers))
    }
}
