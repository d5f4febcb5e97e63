//! A quantized model becomes a float model whose activations pass Quantize and Dequantize (ONE:
//! `--fake_quantize`): it computes what the integers would, up to their kernels' roundings, and runs wherever a
//! float model runs.

use super::values::{dequantized, is_quantized};
use crate::error::{Error, Result};
use crate::ir::{Builtin, DType, Model, OpCode, Operator, Options, QuantParam, TensorId};
use crate::ops;
use crate::quantize::precheck::one_graph;
use crate::quantize::{casts, constant};

/// Makes floats of every quantized tensor of the main graph.
///
/// An activation `n` (uint8, int8 or int16) becomes float32 under its name, and readers see it through
/// `n_FQ_Quantize` and `n_FQ_Dequantize`; operators that only move values pass it on. A constant, weights-only
/// quantized ones among them, becomes the reals that it stands for, as `n_DQ`. A Quantize of the model stays, with
/// a Dequantize behind it; a Dequantize reads the integers that it read before.
///
/// # Errors
/// A model of several graphs, an operator that the float interpreter does not know, quantized variables,
/// parameters that do not fit. The model is then unchanged.
pub fn run(model: &mut Model) -> Result<()> {
    let mut work = model.clone();
    one_graph(&work)?;
    check(&work)?;
    let pass = Pass::new(&work);
    constants(&mut work, &pass)?;
    activations(&mut work, pass);
    casts::fix(work.main_mut());
    work.compact();
    *model = work;
    Ok(())
}

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

fn check(model: &Model) -> Result<()> {
    let graph = model.main();
    for tensor in &graph.tensors {
        let place = || format!("tensor `{}`", tensor.name);
        let details = tensor.quant.as_ref().is_some_and(|quant| quant.details.is_some());
        if details && !is_quantized(tensor) && tensor.dtype != DType::Float32 {
            return Err(Error::unsupported(
                place(),
                "its parameters are not one scale and zero point, or one for each channel",
                "quantize the float model per tensor or per channel",
            ));
        }
        if !is_quantized(tensor) || model.is_const(tensor) {
            continue;
        }
        let taken = matches!(tensor.dtype, DType::Uint8 | DType::Int8 | DType::Int16);
        if !taken || tensor.is_variable {
            let kind = if tensor.is_variable {
                "variable"
            } else {
                "activation"
            };
            return Err(Error::unsupported(
                place(),
                format!("a quantized {kind} of type {} cannot be float", tensor.dtype),
                "start from the float model",
            ));
        }
        let scales = tensor.quant.as_ref().map_or(0, |quant| quant.scale.len());
        if scales != 1 {
            return Err(Error::invalid(
                place(),
                format!("it is an activation and has {scales} scales"),
                "give it one scale and zero point",
            ));
        }
    }
    for op in &graph.operators {
        let operands = op.inputs.iter().flatten().chain(&op.outputs);
        let quantized = operands.into_iter().any(|id| is_quantized(graph.tensor(*id)));
        if quantized && ops::definition(&op.code).is_none() {
            return Err(Error::unsupported(
                ops::place(graph, op),
                format!(
                    "Unsupported op for fake quantization in {}",
                    op.outputs
                        .first()
                        .map_or("", |id| graph.tensor(*id).name.as_str())
                ),
                "the float interpreter has no kernel for it",
            ));
        }
    }
    Ok(())
}

/// What was quantized before anything changes.
struct Pass {
    activations: Vec<bool>,
    constants: Vec<bool>,
}

impl Pass {
    fn new(model: &Model) -> Self {
        let all = |is_const: bool| {
            let tensors = model.main().tensors.iter();
            tensors
                .map(|tensor| is_quantized(tensor) && model.is_const(tensor) == is_const)
                .collect()
        };
        Self {
            activations: all(false),
            constants: all(true),
        }
    }
}

/// Constants become floats in place; a Dequantize that made floats of one goes.
fn constants(model: &mut Model, pass: &Pass) -> Result<()> {
    for index in (0..pass.constants.len()).filter(|index| pass.constants[*index]) {
        let id = TensorId(index);
        let tensor = model.main().tensor(id);
        let Some(floats) = dequantized(model, tensor)? else {
            continue;
        };
        let name = constant::unique_name(model.main(), &format!("{}_DQ", tensor.name));
        let bytes = floats.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<_>>();
        constant::store(model, id, DType::Float32, bytes.into());
        let tensor = model.main_mut().tensor_mut(id);
        tensor.name = name;
        tensor.quant = None;
        tensor.sparsity = None;
        tensor.compression = 0;
    }
    let is_constant = |id: TensorId| pass.constants.get(id.0) == Some(&true);
    let mut op = 0;
    while let Some(operator) = model.main().operators.get(op) {
        let dequantize = operator.code.builtin == Builtin::DEQUANTIZE;
        match (operator.input(0), operator.outputs.first().copied()) {
            (Some(from), Some(to)) if dequantize && is_constant(from) => {
                model.main_mut().operators.remove(op);
                model.redirect(op, to, from);
            }
            _ => op += 1,
        }
    }
    Ok(())
}

/// The operators again, with Quantize and Dequantize behind those that computed integers.
fn activations(model: &mut Model, pass: Pass) {
    let mut weave = Weave {
        read_as: (0..pass.activations.len()).map(TensorId).collect(),
        integers: vec![None; pass.activations.len()],
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
    weave.finish();
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
        let graph = self.model.main_mut();
        let name = constant::unique_name(graph, name);
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
    fn finish(self) {
        let Self {
            model,
            read_as,
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
    }
}
