//! Entry points of the reference beside ours.

use quant_core::ir::{Model, SignatureTensor};
use serde_json::Value as Json;

use super::difference::Difference;

/// Compares entry points: keys, names, and what tensors are called that they stand for.
pub fn compare(reference: &[Json], graphs: &[Json], model: &Model) -> Vec<Difference> {
    let said = |list: &Json, graph: usize| {
        let tensors = &graphs[graph]["tensors"];
        let named = list.as_object().into_iter().flatten();
        let mut all: Vec<_> = named
            .map(|(key, id)| {
                let name = tensors[id.as_u64().unwrap() as usize]["name"]
                    .as_str()
                    .unwrap_or_default();
                (key.clone(), name.to_owned())
            })
            .collect();
        all.sort();
        all
    };
    let wrote = |list: &[SignatureTensor], graph: usize| {
        let tensors = model.graphs()[graph].tensors();
        let mut all: Vec<_> = list
            .iter()
            .map(|entry| (entry.name.clone(), tensors[entry.tensor as usize].name.clone()))
            .collect();
        all.sort();
        all
    };
    let theirs: Vec<_> = reference
        .iter()
        .map(|signature| {
            let graph = signature["subgraph"].as_u64().unwrap() as usize;
            let key = signature["key"].as_str().unwrap_or_default().to_owned();
            (
                key,
                graph,
                said(&signature["inputs"], graph),
                said(&signature["outputs"], graph),
            )
        })
        .collect();
    let ours: Vec<_> = model
        .signatures()
        .unwrap_or_default()
        .iter()
        .map(|signature| {
            let graph = signature.subgraph as usize;
            let key = signature.key.clone().unwrap_or_default();
            (
                key,
                graph,
                wrote(&signature.inputs, graph),
                wrote(&signature.outputs, graph),
            )
        })
        .collect();
    let differ = theirs != ours;
    differ
        .then(|| Difference::new("", "signatures", format!("{theirs:?}"), format!("{ours:?}")))
        .into_iter()
        .collect()
}
