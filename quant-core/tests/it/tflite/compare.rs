//! The comparison: operators are walked in order over QUANTIZE and DEQUANTIZE, operand by operand; then the conversions
//! are counted, and the interface and the signatures compared.

use std::collections::BTreeSet;
use std::fmt;

use quant_core::ir::{DType, Graph, Model};
use serde_json::Value as Json;

use super::difference::{Compared, Difference};
use super::net::{Net, Op, Source};
use super::{options, signatures, tensor};

/// How strictly.
#[derive(Clone, Copy, Default)]
pub struct How {
    /// Names of all tensors; else those of graph inputs and outputs.
    pub names: bool,
    /// The constants of the operators alone, in their order.
    pub weights_only: bool,
}

/// Both sides of a graph.
struct Sides<'a> {
    how: How,
    reference: &'a Json,
    model: &'a Model,
    graph: &'a Graph,
    theirs: Net,
    ours: Net,
    /// Pairs that were compared.
    seen: BTreeSet<(usize, usize)>,
    /// Tensors of the reference that were counted.
    counted: BTreeSet<usize>,
    compared: Compared,
}

/// Compares a model with what the original wrote.
pub fn models(reference: &Json, model: &Model, how: How) -> Compared {
    let graphs = reference["subgraphs"].as_array().unwrap();
    let mut compared = Compared::default();
    if graphs.len() != model.graphs().len() {
        let (wanted, count) = (graphs.len().to_string(), model.graphs().len().to_string());
        compared
            .differences
            .push(Difference::new("", "subgraphs", wanted, count));
    }
    for (reference, graph) in graphs.iter().zip(model.graphs()) {
        let mut sides = Sides {
            how,
            reference,
            model,
            graph,
            theirs: Net::of_reference(reference),
            ours: Net::of_ours(graph),
            seen: BTreeSet::new(),
            counted: BTreeSet::new(),
            compared: Compared::default(),
        };
        if how.weights_only {
            sides.weights();
        } else {
            sides.walk();
        }
        compared.add(sides.compared);
    }
    // The networks have none; the originals were made with one put in.
    let signatures = reference.get("signatures").and_then(Json::as_array);
    if let Some(signatures) = signatures.filter(|_| model.signatures().is_some_and(|own| !own.is_empty())) {
        compared
            .differences
            .extend(signatures::compare(signatures, graphs, model));
    }
    compared
}

impl Sides<'_> {
    fn differ(&mut self, place: &str, key: &'static str, reference: String, ours: String) {
        let difference = Difference::new(place, key, reference, ours);
        self.compared.differences.push(difference);
    }

    fn same<T: PartialEq + fmt::Debug>(&mut self, place: &str, key: &'static str, reference: &T, ours: &T) {
        if reference != ours {
            self.differ(place, key, format!("{reference:?}"), format!("{ours:?}"));
        }
    }

    fn walk(&mut self) {
        let kinds = |net: &Net| {
            net.walk
                .iter()
                .map(|at| net.ops[*at].kind.clone())
                .collect::<Vec<_>>()
        };
        let (theirs, ours) = (kinds(&self.theirs), kinds(&self.ours));
        self.interface();
        self.conversions();
        if theirs != ours {
            self.differ("", "operators", theirs.join(" "), ours.join(" "));
            return;
        }
        for (number, kind) in theirs.iter().enumerate() {
            let place = format!("operator {number} {kind}");
            let (at, our) = (self.theirs.walk[number], self.ours.walk[number]);
            self.operator(&place, at, our);
        }
    }

    fn interface(&mut self) {
        for (key, theirs, ours) in [
            ("input", self.theirs.inputs.clone(), self.ours.inputs.clone()),
            ("output", self.theirs.outputs.clone(), self.ours.outputs.clone()),
        ] {
            let graph = format!("graph {key}");
            self.same(&graph, "count", &theirs.len(), &ours.len());
            for (index, (theirs, ours)) in theirs.iter().zip(&ours).enumerate() {
                let place = format!("graph {key} {index}");
                self.operand(&place, Some(*theirs), Some(*ours), true);
            }
        }
    }

    /// How many QUANTIZE make integers of floats or of integers, and how many DEQUANTIZE there are.
    fn conversions(&mut self) {
        let integer = |net: &Net, float: &dyn Fn(usize) -> bool| {
            let quantize = net.ops.iter().filter(|op| op.kind == "QUANTIZE");
            quantize
                .filter(|op| !op.inputs.first().copied().flatten().is_none_or(float))
                .count()
        };
        let count = |net: &Net, kind: &str| net.ops.iter().filter(|op| op.kind == kind).count();
        let reference = &self.reference["tensors"];
        let theirs = integer(&self.theirs, &|id| reference[id]["type"] == "FLOAT32");
        let tensors = self.graph.tensors();
        let ours = integer(&self.ours, &|id| tensors[id].dtype == DType::Float32);
        self.compared.requantizations += theirs;
        self.same("graph", "requantizations", &theirs, &ours);
        for (key, kind) in [("quantizations", "QUANTIZE"), ("dequantizations", "DEQUANTIZE")] {
            let (theirs, ours) = (count(&self.theirs, kind), count(&self.ours, kind));
            self.same("graph", key, &theirs, &ours);
        }
    }

    fn operator(&mut self, place: &str, theirs: usize, ours: usize) {
        let (a, b) = (&self.theirs.ops[theirs], &self.ours.ops[ours]);
        let versions = (a.version, b.version);
        let custom = (a.custom.clone(), b.custom.clone());
        let mut operands = Vec::new();
        let mut counts = Vec::new();
        let each = |ids: &[usize]| ids.iter().copied().map(Some).collect::<Vec<_>>();
        for (word, a, b) in [
            ("input", a.inputs.clone(), b.inputs.clone()),
            ("output", each(&a.outputs), each(&b.outputs)),
            ("intermediate", each(&a.intermediates), each(&b.intermediates)),
        ] {
            counts.push((format!("{place} {word}s"), a.len(), b.len()));
            let pairs = a.into_iter().zip(b).enumerate();
            operands.extend(pairs.map(|(index, (a, b))| (format!("{place} {word} {index}"), a, b)));
        }
        let wrong: Vec<_> = a
            .options
            .iter()
            .filter(|(key, value)| !b.options.get(*key).is_some_and(|ours| options::same(value, ours)))
            .map(|(key, value)| {
                (
                    format!("{key} {value}"),
                    format!("{key} {:?}", b.options.get(key)),
                )
            })
            .collect();
        self.same(place, "version", &versions.0, &versions.1);
        self.same(place, "custom_code", &custom.0, &custom.1);
        for (theirs, ours) in wrong {
            self.differ(place, "options", theirs, ours);
        }
        for (place, a, b) in counts {
            self.same(&place, "count", &a, &b);
        }
        for (place, a, b) in operands {
            self.operand(&place, a, b, false);
        }
    }

    /// An operand with all that it was converted from, and where that comes from.
    fn operand(&mut self, place: &str, theirs: Option<usize>, ours: Option<usize>, name: bool) {
        let (Some(theirs), Some(ours)) = (theirs, ours) else {
            self.same(place, "present", &theirs.is_some(), &ours.is_some());
            return;
        };
        let ((a, from), (b, origin)) = (self.theirs.path(theirs), self.ours.path(ours));
        let say = |path: &[&Op], from| {
            let steps = path.iter().map(|op| format!("{} {}", op.kind, op.version));
            format!("{:?} from {from:?}", steps.collect::<Vec<_>>())
        };
        let (said, wrote) = (say(&a, from), say(&b, origin));
        let ids = |from: usize, path: &[&Op]| {
            let behind = path.iter().filter_map(|op| op.inputs[0]);
            std::iter::once(from).chain(behind).collect::<Vec<_>>()
        };
        let (theirs, ours) = (ids(theirs, &a), ids(ours, &b));
        if said != wrote {
            self.differ(place, "path", said, wrote);
        }
        for (step, (theirs, ours)) in theirs.into_iter().zip(ours).enumerate() {
            let place = if step == 0 {
                place.to_owned()
            } else {
                format!("{place} before {step}")
            };
            self.tensor(&place, theirs, ours, self.how.names || (name && step == 0));
        }
    }

    fn tensor(&mut self, place: &str, theirs: usize, ours: usize, name: bool) {
        let first = self.counted.insert(theirs);
        if !self.seen.insert((theirs, ours)) {
            return;
        }
        let reference = &self.reference["tensors"][theirs];
        let tensor = &self.graph.tensors()[ours];
        let place = format!("{place} `{}`", reference["name"].as_str().unwrap_or_default());
        let found = tensor::compare(reference, self.reference, self.model, self.graph, tensor, name);
        if first {
            self.compared.tensors += 1;
            self.compared.integers += found.integers;
        }
        for (key, reference, ours) in found.differences {
            self.differ(&place, key, reference, ours);
        }
    }

    /// The constants that are no floats, whatever the order of the operators that read them: each is compared with one that
    /// is the same, and with the one of its place where there is none.
    fn weights(&mut self) {
        let float = |reference: &Json| {
            let has = |key| reference.get(key).is_some();
            reference["type"] == "FLOAT32"
                || reference["type"] == "INT32"
                || !(has("values") || has("sha256") || has("values_u16"))
        };
        let mut theirs = constants(&self.theirs);
        let reference = &self.reference["tensors"];
        theirs.retain(|id| !float(&reference[*id]));
        let mut ours = constants(&self.ours);
        ours.retain(|id| {
            let tensor = &self.graph.tensors()[*id];
            self.model.is_const(tensor) && !matches!(tensor.dtype, DType::Float32 | DType::Int32)
        });
        self.same("weights", "count", &theirs.len(), &ours.len());
        for (number, theirs) in theirs.into_iter().enumerate() {
            let same = |ours: &usize| {
                let tensor = &self.graph.tensors()[*ours];
                let wanted = &reference[theirs];
                let found = tensor::compare(wanted, self.reference, self.model, self.graph, tensor, false);
                found.differences.is_empty()
            };
            let at = ours.iter().position(same).unwrap_or(0);
            if at < ours.len() {
                let ours = ours.remove(at);
                self.tensor(&format!("weights {number}"), theirs, ours, false);
            }
        }
    }
}

/// What nothing makes, in the order of the operators that read it.
fn constants(net: &Net) -> Vec<usize> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for op in net.walk.iter().map(|at| &net.ops[*at]) {
        for input in op.inputs.iter().flatten() {
            let (path, from) = net.path(*input);
            let id = path.last().and_then(|op| op.inputs[0]).unwrap_or(*input);
            if from == Source::Given && seen.insert(id) {
                found.push(id);
            }
        }
    }
    found
}
