//! What passes share: the model, and one setting for each operator.

use crate::config::Config;
use crate::scheme::Scheme;
use crate::scheme::rule::{OutputRange, Rule};
use crate::scheme::setting::{Encoding, Setting};
use quant_ir::error::Result;
use quant_ir::{Builtin, DType, Graph, Model, OpCode, Operator, Options, QuantParam, Tensor, TensorId};

/// A model on its way through the passes of a scheme.
pub struct Context<'a> {
    /// The model.
    pub model: &'a mut Model,
    /// What was asked for.
    pub config: &'a Config,
    /// One for each operator, kept in step with insertions.
    pub settings: Vec<Setting>,
    /// How many tensors the graph had before the first insertion.
    imported_tensors: usize,
}

impl<'a> Context<'a> {
    /// A model at the beginning of its way.
    ///
    /// # Errors
    /// Layers of the configuration that do not fit the model, settings that the scheme does not have.
    pub fn new(model: &'a mut Model, config: &'a Config) -> Result<Self> {
        let settings = config.settings(model.main())?;
        let imported_tensors = model.main().tensors.len();
        Ok(Self {
            model,
            config,
            settings,
            imported_tensors,
        })
    }

    /// The scheme, with its flags.
    pub fn scheme(&self) -> &'a dyn Scheme {
        self.config.scheme.as_ref()
    }

    /// The main graph.
    pub fn graph(&self) -> &Graph {
        self.model.main()
    }

    /// A tensor of the main graph.
    pub fn tensor(&self, id: TensorId) -> &Tensor {
        self.model.main().tensor(id)
    }

    /// The same, to change it.
    pub fn tensor_mut(&mut self, id: TensorId) -> &mut Tensor {
        self.model.main_mut().tensor_mut(id)
    }

    /// The rule of an operator; those that the scheme does not know have the empty rule.
    pub fn rule(&self, op: usize) -> &'static Rule {
        let table = self.scheme().table();
        table.rule(self.graph().operators[op].code.builtin)
    }

    /// Whether a tensor is a constant.
    pub fn is_const(&self, id: TensorId) -> bool {
        self.model.is_const(self.tensor(id))
    }

    /// A float constant.
    pub fn is_float_const(&self, id: TensorId) -> bool {
        self.tensor(id).dtype == DType::Float32 && self.is_const(id)
    }

    /// An activation that has been quantized: computed or given at run time, with scale and integer type.
    pub fn is_quantized_activation(&self, id: TensorId) -> bool {
        let tensor = self.tensor(id);
        self.scheme().activations(tensor.dtype).is_some()
            && tensor.quant.as_ref().is_some_and(|quant| !quant.scale.is_empty())
            && !self.is_const(id)
    }

    /// The setting that rules a tensor: its producer's, or the default for graph inputs.
    pub fn setting_of(&self, producer: Option<quant_ir::OpId>) -> Setting {
        producer.map_or(self.config.setting, |op| self.settings[op.0])
    }

    /// Where the range of an operator's own output comes from.
    pub fn own_range(&self, op: usize) -> OutputRange {
        self.scheme().output(&self.graph().operators[op])
    }

    /// Where the range of a tensor comes from. A Quantize, and an operator that hands on its input's
    /// parameters, have the range of what feeds them.
    pub fn output_range(&self, id: TensorId) -> OutputRange {
        let graph = self.graph();
        let mut id = id;
        // A graph without cycles ends before it has passed every operator.
        for _ in 0..graph.operators.len() {
            let Some(op) = graph.operators.iter().position(|op| op.outputs.contains(&id)) else {
                return OutputRange::Recorded;
            };
            let own = self.own_range(op);
            let from = match graph.operators[op].code.builtin {
                _ if own != OutputRange::Recorded => return own,
                Builtin::QUANTIZE => Some(0),
                _ => self.rule(op).forward,
            };
            match from.and_then(|input| graph.operators[op].input(input)) {
                Some(input) => id = input,
                None => return own,
            }
        }
        OutputRange::Recorded
    }

    /// Parameters of an activation with the recorded range of `quant`.
    pub fn parameters(&self, quant: &QuantParam, encoding: Encoding, output: OutputRange) -> QuantParam {
        let end = |end: &Vec<f32>| end.first().copied().unwrap_or(0.0);
        let (min, max) = (end(&quant.min), end(&quant.max));
        let range = self.scheme().activation(encoding, min, max);
        let (scale, zero_point) = output.parameters(encoding.dtype, (range.scale, range.zero_point));
        QuantParam {
            min: quant.min.clone(),
            max: quant.max.clone(),
            scale: vec![scale],
            zero_point: vec![zero_point],
            ..QuantParam::default()
        }
    }

    /// Lowest and highest integer of an activation's element type.
    pub fn limits(&self, dtype: DType) -> (i64, i64) {
        let encoding = self.scheme().activations(dtype);
        encoding.map_or((0, 0), Encoding::limits)
    }

    /// Adds `Quantize(from)` before operator `at`, and returns its output.
    pub fn insert_quantize(&mut self, at: usize, from: TensorId, name: &str, to: Encoding) -> TensorId {
        let output = self.output_range(from);
        let quant = self.parameters(&self.tensor(from).quant.clone().unwrap_or_default(), to, output);
        self.insert_convert(at, from, name, Builtin::QUANTIZE, to.dtype, Some(quant))
    }

    /// Adds a Quantize or Dequantize before operator `at`, and returns its output.
    pub fn insert_convert(
        &mut self,
        at: usize,
        from: TensorId,
        name: &str,
        builtin: Builtin,
        dtype: DType,
        quant: Option<QuantParam>,
    ) -> TensorId {
        let graph = self.model.main();
        let name = crate::quantize::constant::unique_name(graph, name);
        let mut tensor = graph.tensor(from).of_same_shape(name, dtype);
        tensor.quant = quant;
        let graph = self.model.main_mut();
        let to = graph.add_tensor(tensor);
        let op = Operator::new(
            OpCode::builtin(builtin),
            vec![Some(from)],
            vec![to],
            Options::default(),
        );
        graph.operators.insert(at, op);
        self.settings.insert(at, self.config.setting);
        to
    }

    /// Lets every operator from `start` on, the graph outputs and the signatures read `to` instead of `from`.
    pub fn redirect(&mut self, start: usize, from: TensorId, to: TensorId) {
        self.model.redirect(start, from, to);
    }

    /// Lets the outputs of signatures be `to` instead of `from`.
    pub fn redirect_signatures(&mut self, from: TensorId, to: TensorId) {
        self.model.redirect_signatures(from, to);
    }

    /// Drops the tensors whose inserted operators were removed again.
    pub fn sweep(&mut self) {
        self.model.drop_unused_tensors(self.imported_tensors);
    }
}
