//! The operators of a quantized model again, with Quantize and Dequantize among them.

use std::collections::BTreeSet;

use super::Pass;
use crate::quantize::constant;
use quant_ir::{Builtin, DType, Model, OpCode, Operator, Options, QuantParam, TensorId};

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

/// The operators again, with Quantize and Dequantize behind those that computed integers. Returns, for each tensor that
/// the model had, the one that stands for it as float, and the one that holds its integers.
pub fn activations(model: &mut Model, pass: Pass) -> (Vec<TensorId>, Vec<Option<TensorId>>) {
    let mut weave = Weave {
        read_as: (0..pass.activations.len()).map(TensorId).collect(),
        integers: vec![None; pass.activations.len()],
        names: model
            .main()
            .tensors
            .iter()
            .map(|tensor| tensor.name.clone())
            .collect(),
        pass,
        operators: Vec::new(),
        model,
    };
    for input in weave.model.main().inputs.clone() {
        weave.fake_quantize(input);
    }
    // What nobody makes is empty, or unread.
    let made = weave.model.main().producers();
    (0..made.len())
        .filter(|at| made[*at].is_none())
        .for_each(|at| drop(weave.unquantize(TensorId(at))));
    for mut op in std::mem::take(&mut weave.model.main_mut().operators) {
        let builtin = op.code.builtin;
        if builtin == Builtin::DEQUANTIZE
            && let Some(from) = op.input(0).filter(|id| weave.pass.activations[id.0])
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
    pass: Pass,
    operators: Vec<Operator>,
    /// For each tensor that the model had, the one that stands for it as float.
    read_as: Vec<TensorId>,
    /// For each tensor that the model had, the one that holds its integers now.
    integers: Vec<Option<TensorId>>,
    /// The names that tensors have.
    names: BTreeSet<String>,
}

impl Weave<'_> {
    /// Makes a quantized activation float; the type and parameters that it had.
    fn unquantize(&mut self, id: TensorId) -> Option<(DType, QuantParam)> {
        if self.pass.activations.get(id.0) != Some(&true) {
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
        if self.pass.activations[id.0] {
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
        let name = constant::free_name(name, |taken| self.names.contains(taken));
        self.names.insert(name.clone());
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
    fn finish(self) -> (Vec<TensorId>, Vec<Option<TensorId>>) {
        let Self {
            model,
            read_as,
            integers,
            mut operators,
            ..
        } = self;
        let outputs: Vec<TensorId> = model.main().outputs.iter().map(|id| read_as[id.0]).collect();
        for (from, to) in read_as.iter().enumerate() {
            model.redirect_signatures(TensorId(from), *to);
        }
        let mut read = vec![false; model.main().tensors.len()];
        outputs.iter().for_each(|id| read[id.0] = true);
        let old = read_as.len();
        let mut kept = Vec::with_capacity(operators.len());
        while let Some(op) = operators.pop() {
            let inserted = op.outputs.iter().all(|id| id.0 >= old);
            if inserted && !op.outputs.iter().any(|id| read[id.0]) {
                continue;
            }
            op.inputs.iter().flatten().for_each(|id| read[id.0] = true);
            kept.push(op);
        }
        kept.reverse();
        let graph = model.main_mut();
        graph.operators = kept;
        graph.outputs = outputs;
        (read_as, integers)
    }
}
