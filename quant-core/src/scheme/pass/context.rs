//! What passes share: the model, and one setting for each operator.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::config::Config;
use crate::quantize::constant::{self, BufferUses};
use crate::scheme::Decisions;
use crate::scheme::rule::{OutputRange, Rule};
use crate::scheme::setting::{Encoding, Setting};
use quant_ir::error::Result;
use quant_ir::{Builtin, Content, DType, FreeNames, Graph, Model, OpId, QuantParam, Tensor, TensorId};

/// A model on its way through the passes of a scheme.
pub struct Context<'a> {
    /// The model.
    pub model: &'a mut Model,
    /// What was asked for.
    pub config: &'a Config,
    decisions: &'a dyn Decisions,
    /// One for each operator, kept in step with insertions.
    pub settings: Vec<Setting>,
    /// The names that tensors have.
    pub(super) names: FreeNames,
    /// What others read in the place of a tensor, while operators are put back ([`Context::rewrite`]).
    pub(super) through: BTreeMap<TensorId, TensorId>,
    buffers: BufferUses,
    /// Where the ranges of tensors come from, as far as somebody asked.
    ranges: RefCell<BTreeMap<TensorId, OutputRange>>,
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
        let imported_tensors = model.main().tensors().len();
        Ok(Self {
            config,
            decisions: config.decisions()?,
            settings,
            names: FreeNames::of(model.main()),
            through: BTreeMap::new(),
            buffers: BufferUses::of(model),
            ranges: RefCell::default(),
            imported_tensors,
            model,
        })
    }

    /// What the scheme decides.
    pub fn decisions(&self) -> &'a dyn Decisions {
        self.decisions
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

    /// Whether an operator stays float.
    pub fn stays_float(&self, op: usize) -> bool {
        self.settings[op].activations.is_float()
    }

    /// The rule of an operator; those that the scheme does not know have the empty rule, and those that stay float nothing
    /// to quantize.
    pub fn rule(&self, op: usize) -> &'static Rule {
        if self.stays_float(op) {
            return &Rule::FLOAT;
        }
        let table = self.decisions.table();
        table.rule(self.graph().operators()[op].code.builtin)
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
        self.decisions.activations(tensor.dtype).is_some()
            && tensor.quant.as_ref().is_some_and(|quant| !quant.scale.is_empty())
            && !self.is_const(id)
    }

    /// The setting that rules a tensor: its producer's, or the default for graph inputs.
    pub fn setting_of(&self, producer: Option<OpId>) -> Setting {
        producer.map_or(self.config.setting, |op| self.settings[op.0])
    }

    /// Where the range of an operator's own output comes from.
    pub fn own_range(&self, op: usize) -> OutputRange {
        if self.stays_float(op) {
            return OutputRange::Recorded;
        }
        self.decisions.output(&self.graph().operators()[op])
    }

    /// Where the range of a tensor comes from. A Quantize, and an operator that hands on its input's
    /// parameters, have the range of what feeds them.
    pub fn output_range(&self, id: TensorId) -> OutputRange {
        let graph = self.graph();
        let mut ranges = self.ranges.borrow_mut();
        let (mut at, mut passed) = (id, Vec::new());
        // A graph without cycles ends before it has passed every operator. What was found once is not looked for again.
        let range = loop {
            if let Some(known) = ranges.get(&at) {
                break *known;
            }
            let Some(producer) = graph
                .producer(at)
                .filter(|_| passed.len() < graph.operators().len())
            else {
                break OutputRange::Recorded;
            };
            passed.push(at);
            let own = self.own_range(producer.0);
            let from = match graph.operator(producer).code.builtin {
                _ if own != OutputRange::Recorded => break own,
                Builtin::QUANTIZE => Some(0),
                _ => self.rule(producer.0).forward,
            };
            match from.and_then(|input| graph.operator(producer).input(input)) {
                Some(input) => at = input,
                None => break own,
            }
        };
        ranges.extend(passed.into_iter().map(|id| (id, range)));
        range
    }

    /// Parameters of an activation with the recorded range of `quant`.
    pub fn parameters(&self, quant: &QuantParam, encoding: Encoding, output: OutputRange) -> QuantParam {
        let end = |end: &Vec<f32>| end.first().copied().unwrap_or(0.0);
        let (min, max) = (end(&quant.min), end(&quant.max));
        let range = self.decisions.activation(encoding, min, max);
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
        let encoding = self.decisions.activations(dtype);
        encoding.map_or((0, 0), Encoding::limits)
    }

    /// Replaces the elements of a constant and its type ([`constant::store`]).
    pub fn store(&mut self, id: TensorId, dtype: DType, content: Content) {
        constant::store(self.model, &mut self.buffers, id, dtype, content);
    }

    /// Replaces the elements of a constant with integers of `dtype`.
    pub fn store_ints(&mut self, id: TensorId, dtype: DType, values: &[i64]) {
        self.store(id, dtype, dtype.encode(values).into());
    }

    /// Drops the tensors whose inserted operators were removed again.
    pub fn drop_unused(&mut self) {
        let left = self.model.drop_unused_tensors(self.imported_tensors);
        if left.iter().any(Option::is_none) {
            self.ranges.borrow_mut().clear();
            self.names = FreeNames::of(self.model.main());
        }
    }
}
