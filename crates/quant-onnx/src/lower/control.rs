//! Nodes that have graphs within: branches, loops, and functions of the model.

use quant_ir::value::Data;
use quant_ir::{Builtin, Error, Problem, Result, TensorId};
use quant_lower::{Stored, options};

use super::rename::renamed;
use super::state::{GraphLowering, Values, refuse};
use super::stored::constant;
use crate::graph::Graph;
use crate::node::Node;
use crate::tensor::Tensor;
use crate::value_info::ValueInfo;

/// Rounds of a loop, each of which becomes operators of its own.
const MAX_ROUNDS: i64 = 1024;

fn graph_of(node: &Node, name: &str) -> Result<Graph> {
    match node.graph(name)? {
        Some(graph) => Ok(Graph::from_message(graph)),
        None => refuse(format!("no `{name}`"), "export the model again"),
    }
}

fn names(infos: &[ValueInfo]) -> Vec<String> {
    infos.iter().map(|info| info.name().to_owned()).collect()
}

impl GraphLowering {
    /// The outputs of a node with graphs within; `None` for other nodes.
    pub fn control(
        &mut self,
        node: &Node,
        inputs: &[Option<Stored>],
        values: &Values,
    ) -> Result<Option<Vec<Stored>>> {
        match (node.domain(), node.op()) {
            ("", "If") => self.branch(node, inputs, values).map(Some),
            ("", "Loop") => self.rounds(node, inputs, values).map(Some),
            _ => Ok(None),
        }
    }

    /// The outputs of a graph within; it sees what the graph around it has.
    fn within(&mut self, graph: &Graph, mut values: Values) -> Result<Vec<Stored>> {
        let outputs = names(&graph.outputs);
        self.graph(graph, &mut values, &outputs)?;
        let found = outputs.iter().map(|name| {
            values.get(name).copied().ok_or_else(|| {
                let problem = Problem::Unsupported(format!("nothing makes `{name}`"));
                Error::new("", problem, "export the model again")
            })
        });
        found.collect()
    }

    /// The one value of a constant; `None` when it is computed.
    fn truth(&self, id: TensorId) -> Result<Option<bool>> {
        let value = self.builder.value(id)?.map(|value| value.data);
        Ok(match value {
            Some(Data::Bool(values)) => values.first().copied(),
            _ => None,
        })
    }

    /// If: the branch that a constant takes, else both, and a choice between what they make.
    fn branch(&mut self, node: &Node, inputs: &[Option<Stored>], values: &Values) -> Result<Vec<Stored>> {
        let Some(condition) = inputs.first().copied().flatten() else {
            return refuse("no condition", "export the model again");
        };
        let branches = [graph_of(node, "then_branch")?, graph_of(node, "else_branch")?];
        if let Some(taken) = self.truth(condition.id)? {
            let [then, other] = &branches;
            return self.within(if taken { then } else { other }, values.clone());
        }
        let mut made = Vec::new();
        for graph in &branches {
            let mut ids = Vec::new();
            for stored in self.within(graph, values.clone())? {
                ids.push(self.builder.own(stored)?);
            }
            made.push(ids);
        }
        let condition = self.builder.own(condition)?;
        let name = self.builder.fresh(&format!("{}/condition", node.name()));
        let condition = self.builder.reshape(condition, &[], &name)?;
        let mut outputs = Vec::new();
        let [then, other] = made.as_slice() else {
            return refuse("another number of branches", "export the model again");
        };
        for ((a, b), name) in then.iter().zip(other).zip(node.outputs()) {
            if self.builder.shape(*a) != self.builder.shape(*b)
                || self.builder.dtype(*a) != self.builder.dtype(*b)
            {
                let what =
                    "its condition is computed when the model runs, and its branches make other shapes";
                return refuse(what, "cut the model with --inputs and --outputs");
            }
            let options = options!(SelectV2Options: SelectV2OptionsT {});
            let dtype = self.builder.dtype(*a);
            let id = self
                .builder
                .emit(Builtin::SELECT_V2, &[condition, *a, *b], options, name, dtype)?;
            outputs.push(Stored {
                id,
                channels_last: false,
            });
        }
        Ok(outputs)
    }

    /// Loop: its rounds one behind the other, when their number is known.
    fn rounds(&mut self, node: &Node, inputs: &[Option<Stored>], values: &Values) -> Result<Vec<Stored>> {
        let body = graph_of(node, "body")?;
        let hint = "only loops whose rounds are known become operators, a round behind the other";
        let most = match inputs.first().copied().flatten() {
            Some(stored) => {
                let value = self.builder.value(stored.id)?.and_then(|value| value.to_i64());
                value.and_then(|value| value.first().copied())
            }
            None => Some(i64::MAX),
        };
        let mut goes_on = match inputs.get(1).copied().flatten() {
            Some(stored) => self.truth(stored.id)?,
            None => Some(true),
        };
        let Some(most) = most else {
            return refuse("the number of its rounds is computed when the model runs", hint);
        };
        let mut state: Vec<Stored> = inputs.iter().skip(2).copied().flatten().collect();
        let mut scans: Vec<Vec<Stored>> = Vec::new();
        let mut round = 0i64;
        while round < most {
            match goes_on {
                Some(true) => {}
                Some(false) => break,
                None => return refuse("its condition is computed when the model runs", hint),
            }
            if round >= MAX_ROUNDS {
                return refuse(format!("more than {MAX_ROUNDS} rounds"), hint);
            }
            let copy = renamed(&body, &format!("{}/{round}", node.name()));
            let mut scope = values.clone();
            let name = self.builder.fresh(&format!("{}/round", node.name()));
            let number = constant(&mut self.builder, &name, Tensor::ints(&[], &[round]))?;
            let name = self.builder.fresh(&format!("{}/goes_on", node.name()));
            let truth = crate::DataType::BOOL;
            let truth = constant(&mut self.builder, &name, Tensor::numbers(truth, &[], vec![1]))?;
            let given = [number, truth].map(|id| Stored {
                id,
                channels_last: false,
            });
            for (name, value) in names(&copy.inputs)
                .into_iter()
                .zip(given.into_iter().chain(state.iter().copied()))
            {
                scope.insert(name, value);
            }
            let mut made = self.within(&copy, scope)?.into_iter();
            goes_on = match made.next() {
                Some(stored) => self.truth(stored.id)?,
                None => return refuse("a body without a condition", "export the model again"),
            };
            let count = state.len();
            state = made.by_ref().take(count).collect();
            for (at, value) in made.enumerate() {
                if scans.len() <= at {
                    scans.push(Vec::new());
                }
                scans
                    .iter_mut()
                    .skip(at)
                    .take(1)
                    .for_each(|scan| scan.push(value));
            }
            round = round.saturating_add(1);
        }
        let names: Vec<String> = node.outputs().into_iter().map(str::to_owned).collect();
        let mut outputs = state;
        for scan in scans {
            let mut ids = Vec::new();
            for stored in scan {
                ids.push(self.builder.own(stored)?);
            }
            let Some(first) = ids.first().copied() else {
                return refuse("a loop of no rounds that collects values", hint);
            };
            let name = names.get(outputs.len()).cloned().unwrap_or_default();
            let options = options!(PackOptions: PackOptionsT {
                values_count: i32::try_from(ids.len()).unwrap_or(i32::MAX),
            });
            let dtype = self.builder.dtype(first);
            let id = self.builder.emit(Builtin::PACK, &ids, options, &name, dtype)?;
            outputs.push(Stored {
                id,
                channels_last: false,
            });
        }
        Ok(outputs)
    }
}
