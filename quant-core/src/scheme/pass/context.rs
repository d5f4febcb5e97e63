//! The state that the steps share: the model, and one setting for each operator.

use quant_schema::ActivationFunctionType as Activation;
use quant_types::QuantType;

use crate::config::{Config, Setting};
use crate::scheme::one::params::{Scheme, integer_scale, is_activation_type};
use crate::scheme::one::rules::rule;
use crate::scheme::rule::OutputRange;
use crate::scheme::rule::Rule;
use quant_ir::error::Result;
use quant_ir::{Builtin, DType, Graph, Model, OpCode, Operator, Options, QuantParam, Tensor, TensorId};

/// A model on its way through the steps.
pub struct Walk<'a> {
    pub model: &'a mut Model,
    pub scheme: &'a dyn Scheme,
    /// One for each operator, kept in step with insertions.
    pub settings: Vec<Setting>,
    pub default: Setting,
    /// How many tensors the graph had before the first insertion.
    imported_tensors: usize,
}

impl<'a> Walk<'a> {
    pub fn new(model: &'a mut Model, config: &Config, scheme: &'a dyn Scheme) -> Result<Self> {
        let settings = config.settings(model.main())?;
        let imported_tensors = model.main().tensors.len();
        Ok(Self {
            model,
            scheme,
            settings,
            default: config.default_setting(),
            imported_tensors,
        })
    }

    pub fn graph(&self) -> &Graph {
        self.model.main()
    }

    pub fn tensor(&self, id: TensorId) -> &Tensor {
        self.model.main().tensor(id)
    }

    pub fn tensor_mut(&mut self, id: TensorId) -> &mut Tensor {
        self.model.main_mut().tensor_mut(id)
    }

    /// The rule of an operator; operators without a definition have the empty rule.
    pub fn rule(&self, op: usize) -> Rule {
        rule(self.graph().operators[op].code.builtin)
    }

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
        is_activation_type(tensor.dtype)
            && tensor.quant.as_ref().is_some_and(|quant| !quant.scale.is_empty())
            && !self.is_const(id)
    }

    /// The setting that rules a tensor: its producer's, or the default for graph inputs.
    pub fn setting_of(&self, producer: Option<quant_ir::OpId>) -> Setting {
        producer.map_or(self.default, |op| self.settings[op.0])
    }

    /// Where the range of an operator's own output comes from.
    pub fn own_range(&self, op: usize) -> OutputRange {
        match self.graph().operators[op].options.fused_activation() {
            Activation::TANH => OutputRange::Tanh,
            _ => self.rule(op).output,
        }
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

    /// Parameters of an activation with the recorded range of `quant`, in `dtype`.
    pub fn parameters(&self, quant: &QuantParam, dtype: QuantType, output: OutputRange) -> QuantParam {
        let (min, max) = (quant.min.first(), quant.max.first());
        let range = self
            .scheme
            .activation(dtype, min.copied().unwrap_or(0.0), max.copied().unwrap_or(0.0));
        let (mut scale, mut zero_point) = (range.scale, range.zero_point);
        if output == OutputRange::Integer {
            scale = integer_scale(scale);
        } else if let Some(fixed) = self.scheme.fixed_output(output, dtype) {
            (scale, zero_point) = fixed;
        }
        QuantParam {
            min: quant.min.clone(),
            max: quant.max.clone(),
            scale: vec![scale],
            zero_point: vec![zero_point],
            ..QuantParam::default()
        }
    }

    /// Adds `Quantize(from)` before operator `at`, and returns its output.
    pub fn insert_quantize(&mut self, at: usize, from: TensorId, name: &str, to: QuantType) -> TensorId {
        let output = self.output_range(from);
        let quant = self.parameters(&self.tensor(from).quant.clone().unwrap_or_default(), to, output);
        let dtype = self.scheme.storage(to);
        self.insert_convert(at, from, name, Builtin::QUANTIZE, dtype, Some(quant))
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
        self.settings.insert(at, self.default);
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
