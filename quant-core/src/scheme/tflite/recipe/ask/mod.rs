//! What each operator of a graph wants, by the entry of the recipe that it follows.

mod answer;
mod bias;
mod bound;
mod values;
mod weights;

use std::collections::BTreeMap;
use std::rc::Rc;

use quant_ir::error::Result;
use quant_ir::{Builtin, Graph, Model, Operator, TensorId, place};
use quant_schema::BuiltinOptions2T;

use super::coding::{Coding, Range};
use super::entry::{Algorithm, Entry, Mode, Operation, TensorConfig};
use super::hessian::Hessians;
use super::list::Recipe;
use super::rules::{self, Rule};
use super::wishes::{Action, User, Wish, Wishes};
use crate::scheme::tflite::{Kept, Options, Why};

/// Composites that have kernels for integers.
const COMPOSITES: [&str; 3] = ["odml.npu_call", "odml.rms_norm", "odml.l2_norm"];

/// What is given, for all graphs.
pub struct Given<'a> {
    /// The float model.
    pub model: &'a Model,
    /// What is asked of it.
    pub recipe: &'a Recipe,
    /// For GPTQ.
    pub hessians: &'a Hessians,
    /// The rest of what is asked.
    pub options: &'a Options,
}

/// Constants that have their integers: by buffer and setting, and by algorithm, dimension and shape where those may
/// differ (the original looks at the first two alone).
pub type Cache = BTreeMap<(usize, TensorConfig, Option<Distinct>), Rc<Coding>>;
type Distinct = (Algorithm, Builtin, Vec<i32>);

/// The operators of one graph.
pub struct Asker<'a> {
    pub given: &'a Given<'a>,
    pub number: usize,
    pub graph: &'a Graph,
    /// By tensor.
    pub wishes: Vec<Wishes>,
    pub kept: Vec<Kept>,
    ranges: Vec<Option<Range>>,
}

/// An operator, or the inputs or outputs of the graph.
#[derive(Clone, Copy)]
pub struct Asked<'o> {
    pub user: User,
    pub operation: Operation,
    pub inputs: &'o [Option<TensorId>],
    pub outputs: &'o [TensorId],
    pub rule: Option<&'static Rule>,
    pub op: Option<&'o Operator>,
}

/// What one wants of a tensor.
pub type Want = Option<(Action, Rc<Coding>)>;

/// What an operator wants of each input and each output; nothing of float ones.
pub struct Answer {
    pub inputs: Vec<Want>,
    pub outputs: Vec<Want>,
    /// Ranges that its outputs have from now on.
    pub ranges: Vec<(TensorId, Range)>,
}

impl Answer {
    /// Nothing of all operands.
    fn nothing(asked: &Asked<'_>) -> Self {
        Self {
            inputs: vec![None; asked.inputs.len()],
            outputs: vec![None; asked.outputs.len()],
            ranges: Vec::new(),
        }
    }
}

/// Why an operator stays float, or what it wants.
pub type Reply = std::result::Result<Answer, Option<Why>>;

impl<'a> Asker<'a> {
    /// Nothing asked so far.
    pub fn new(given: &'a Given<'a>, number: usize) -> Self {
        let graph = &given.model.graphs()[number];
        let range = |tensor: &quant_ir::Tensor| {
            let quant = tensor.quant.as_ref()?;
            let (min, max) = (*quant.min.first()?, *quant.max.first()?);
            let rank = tensor.shape.len();
            Some(Range::Recorded { min, max, rank })
        };
        Self {
            given,
            number,
            graph,
            wishes: vec![Wishes::default(); graph.tensors().len()],
            kept: Vec::new(),
            ranges: graph.tensors().iter().map(range).collect(),
        }
    }

    /// Asks all operators in their order, then the inputs and outputs of the graph. In a graph that stays float, all
    /// want nothing. `skip` is told the graphs of float composites.
    ///
    /// # Errors
    /// A range or constant that no scale can hold, what an algorithm cannot do.
    pub fn ask(&mut self, cache: &mut Cache, skip: &mut [bool]) -> Result<()> {
        for (number, op) in self.graph.operators().iter().enumerate() {
            let code = op.code.builtin;
            let asked = Asked {
                user: User::Op(number),
                operation: Operation::Op(code),
                inputs: &op.inputs,
                outputs: &op.outputs,
                rule: rules::rule(code),
                op: Some(op),
            };
            let reply = if skip[self.number] {
                Err(None)
            } else {
                self.reply(&asked, cache)
                    .map_err(|error| error.within(place(self.graph, op)))?
            };
            if let Err(why) = &reply {
                if let BuiltinOptions2T::StableHLOCompositeOptions(options) = op.options.newer() {
                    let called = usize::try_from(options.decomposition_subgraph_index).ok();
                    if let Some(skip) = called.and_then(|graph| skip.get_mut(graph)) {
                        *skip = true;
                    }
                }
                if let Some(why) = why {
                    let output = op.outputs.first().map_or("", |id| &self.graph.tensor(*id).name);
                    let mut kept = Kept::new(self.number, number, code, output, why.clone());
                    if let Some(custom) = &op.code.custom {
                        kept.kind.clone_from(custom);
                    }
                    self.kept.push(kept);
                }
            }
            self.wish(&asked, reply.ok());
        }
        let outputs: Vec<Option<TensorId>> = self.graph.outputs().iter().map(|id| Some(*id)).collect();
        let ends = [
            (Operation::Input, &[][..], self.graph.inputs()),
            (Operation::Output, outputs.as_slice(), &[][..]),
        ];
        for (operation, inputs, outputs) in ends {
            let asked = Asked {
                user: User::Graph,
                operation,
                inputs,
                outputs,
                rule: None,
                op: None,
            };
            let reply = if skip[self.number] {
                Err(None)
            } else {
                self.reply(&asked, cache)?
            };
            self.wish(&asked, reply.ok());
        }
        Ok(())
    }

    /// What one wants, noted at its tensors.
    fn wish(&mut self, asked: &Asked<'_>, answer: Option<Answer>) {
        let answer = answer.unwrap_or_else(|| Answer::nothing(asked));
        let wish = |want: Want| {
            let (action, coding) = match want {
                Some((action, coding)) => (action, Some(coding)),
                None => (Action::Nothing, None),
            };
            Wish {
                user: asked.user,
                action,
                coding,
            }
        };
        for (id, want) in asked.inputs.iter().zip(answer.inputs) {
            if let Some(id) = id {
                self.wishes[id.0].consumers.push(wish(want));
            }
        }
        for (id, want) in asked.outputs.iter().zip(answer.outputs) {
            self.wishes[id.0].producer = Some(wish(want));
        }
        for (id, range) in answer.ranges {
            self.ranges[id.0] = Some(range);
        }
    }

    /// What an operator wants by the recipe.
    fn reply(&self, asked: &Asked<'_>, cache: &mut Cache) -> Result<Reply> {
        let names = |ids: &mut dyn Iterator<Item = TensorId>| -> Vec<&str> {
            ids.map(|id| self.graph.tensor(id).name.as_str()).collect()
        };
        let mut scope = names(&mut asked.outputs.iter().copied());
        if asked.outputs.is_empty() {
            scope = names(&mut asked.inputs.iter().flatten().copied());
        }
        let recipe = self.given.recipe;
        let known = asked.op.is_none() || asked.rule.is_some();
        let entry = recipe.entry(asked.operation, &scope).filter(|_| known);
        let wanted = |entry: &&Entry| entry.config.mode() == Some(Mode::Static);
        let Some(entry) = entry else {
            // Float operators are no news beside float activations.
            let about = recipe.about(asked.operation, &scope);
            let Some(last) = about.last().filter(|entry| wanted(entry)) else {
                return Ok(Err(None));
            };
            let wide = last.config.activations.is_some_and(|config| config.bits == 16);
            let why = if wide && known { Why::NoRule16 } else { Why::NoRule };
            return Ok(Err(Some(why).filter(|_| self.computes(asked))));
        };
        let asked_float = asked
            .op
            .is_some_and(|op| self.given.options.stays_float(op.code.builtin, &scope));
        if entry.algorithm == Algorithm::NoQuantize || asked_float {
            return Ok(Err(Some(Why::Asked).filter(|_| self.computes(asked))));
        }
        if let Some(why) = self.without_kernel(asked, entry) {
            return Ok(Err(Some(why)));
        }
        if asked.op.is_some_and(|op| !is_composite(op)) {
            return Ok(Err(wanted(&entry).then_some(Why::NoRule)));
        }
        self.answer(asked, entry, cache)
    }

    /// Why no runtime computes what the original would make, as LiteRT 2.3 was seen to do; a recipe that skips its checks is
    /// followed.
    fn without_kernel(&self, asked: &Asked<'_>, entry: &Entry) -> Option<Why> {
        let config = &entry.config;
        let weights = config.weights.filter(|weights| weights.bits == 2)?;
        let followed = self.given.options.compat || config.skip_checks;
        if followed || config.mode() != Some(Mode::Dynamic) {
            return None;
        }
        let is_conv = asked.op.is_some_and(|op| op.code.builtin == Builtin::CONV_2D);
        if is_conv {
            return Some(Why::Unsafe(
                "no kernel of CONV_2D reads 2-bit weights: its results would be garbage",
            ));
        }
        let why = "no kernel reads 2-bit weights in blocks: XNNPACK refuses the model, others give garbage";
        weights.is_block().then_some(Why::Unsafe(why))
    }

    /// Whether it computes with floats, so that leaving it float says something.
    fn computes(&self, asked: &Asked<'_>) -> bool {
        let moves = [Builtin::QUANTIZE, Builtin::DEQUANTIZE];
        let mut outputs = asked.outputs.iter();
        asked.op.is_some_and(|op| !moves.contains(&op.code.builtin)) && outputs.any(|id| self.is_float(*id))
    }
}

/// Whether a composite has a kernel for integers; so has whatever is none.
fn is_composite(op: &Operator) -> bool {
    match op.options.newer() {
        BuiltinOptions2T::StableHLOCompositeOptions(options) => {
            let name = options.name.as_deref().unwrap_or_default();
            COMPOSITES.contains(&name)
        }
        _ => true,
    }
}
