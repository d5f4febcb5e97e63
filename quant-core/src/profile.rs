//! Profiling data: which operators of the first model each operator of this one comes from.
//!
//! Circle models carry it as two buffers that metadata name (layout of ONE's `luci` exporter, all numbers u32
//! little-endian):
//! `ONE_source_table` is a count, then for each source its number, the length of its name with the final zero, and the
//! name; `ONE_op_table` is a count, then for each operator its index, the count of its sources, and their numbers.

mod tables;

use std::collections::{BTreeMap, BTreeSet};

use quant_ir::Model;
use quant_ir::error::Result;
use tables::{decode_operators, decode_sources, encode_operators, encode_sources, put, table};

const SOURCES: &str = "ONE_source_table";
const OPERATORS: &str = "ONE_op_table";

/// The sources of each operator of the main graph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// Names of sources, by number.
    sources: BTreeMap<u32, String>,
    /// Numbers of sources, by the name of an operator's first output; none where they are not known.
    operators: BTreeMap<String, BTreeSet<u32>>,
}

impl Profile {
    /// What a model says of itself. Where it has no operator table, each operator is a source with its own index and the
    /// name of its first output. Where it has one, nothing is known of an operator that is not listed: its own index
    /// would be the number of another source. Nor is it of operators whose first outputs share a name. To be taken
    /// before a stage changes the operators.
    ///
    /// # Errors
    /// Tables that are cut short, or name a source or an operator twice.
    pub fn of(model: &Model) -> Result<Self> {
        if let Some(kept) = Self::kept(model)? {
            return Ok(kept);
        }
        let own = |(index, name): (u32, &str)| (index, name.to_owned());
        Ok(Self {
            sources: results(model).map(own).collect(),
            operators: by_name(model, |index| BTreeSet::from([index])),
        })
    }

    /// As [`Profile::of`], but `None` where the model has no operator table.
    ///
    /// # Errors
    /// Those of [`Profile::of`].
    pub fn kept(model: &Model) -> Result<Option<Self>> {
        let sources = table(model, SOURCES, decode_sources)?;
        let Some(listed) = table(model, OPERATORS, decode_operators)? else {
            return Ok(None);
        };
        Ok(Some(Self {
            sources: sources.unwrap_or_default(),
            operators: by_name(model, |index| listed.get(&index).cloned().unwrap_or_default()),
        }))
    }

    /// Writes the tables into a model that came of the one that [`Profile::of`] saw. An operator that is new there
    /// has the sources of the operator whose result is its first input; without any it has no entry.
    pub fn write(&self, model: &mut Model) {
        let graph = model.main();
        let mut known = self.operators.clone();
        let mut rows: Vec<(u32, BTreeSet<u32>)> = Vec::new();
        for (index, operator) in graph.operators().iter().enumerate() {
            let Some(output) = operator.outputs.first().map(|id| &graph.tensor(*id).name) else {
                continue;
            };
            let before = operator.input(0).map(|id| &graph.tensor(id).name);
            let from = known.get(output).or_else(|| known.get(before?)).cloned();
            if let Some(from) = from {
                known.insert(output.clone(), from.clone());
                if !from.is_empty() {
                    rows.push((index as u32, from));
                }
            }
        }
        put(model, SOURCES, encode_sources(&self.sources));
        put(model, OPERATORS, encode_operators(&rows));
    }
}

/// Runs a stage that may change operators, and lets the tables that the model has follow it.
///
/// # Errors
/// Those of [`Profile::of`] and of the stage.
pub fn keeping(model: &mut Model, stage: impl FnOnce(&mut Model) -> Result<()>) -> Result<()> {
    let profile = Profile::kept(model)?;
    stage(model)?;
    if let Some(profile) = profile {
        profile.write(model);
    }
    Ok(())
}

/// Index of each operator of the main graph, and the name of its first output.
fn results(model: &Model) -> impl Iterator<Item = (u32, &str)> {
    let graph = model.main();
    let named = graph.operators().iter().enumerate();
    named.filter_map(|(index, operator)| {
        let output = operator.outputs.first()?;
        Some((index as u32, graph.tensor(*output).name.as_str()))
    })
}

/// Sources of the operators by name; none where several have that name.
fn by_name(model: &Model, sources: impl Fn(u32) -> BTreeSet<u32>) -> BTreeMap<String, BTreeSet<u32>> {
    let mut operators: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
    for (index, name) in results(model) {
        match operators.get_mut(name) {
            Some(shared) => shared.clear(),
            None => drop(operators.insert(name.to_owned(), sources(index))),
        }
    }
    operators
}

#[cfg(test)]
mod tests {
    use super::tables::Words;
    use super::*;
    use quant_ir::{Builtin, DType, FileFormat, OpCode, Operator, Options, Tensor, TensorId};

    /// A chain of operators whose results have these names.
    fn chain(names: &[&str]) -> Model {
        let mut model = Model::new(FileFormat::Circle);
        let graph = model.main_mut();
        graph.add_tensor(Tensor::new("in", DType::Float32, vec![1]));
        for (index, name) in names.iter().enumerate() {
            let output = graph.add_tensor(Tensor::new(*name, DType::Float32, vec![1]));
            let code = OpCode::builtin(Builtin::RELU);
            let inputs = vec![Some(TensorId(index))];
            let op = Operator::new(code, inputs, vec![output], Options::default());
            graph.push(op).unwrap();
        }
        model
    }

    fn bytes(model: &Model, name: &str) -> Vec<u8> {
        let named = model.metadata.iter().flatten().find(|m| m.name == name).unwrap();
        model.buffers()[named.buffer.index()]
            .data
            .as_ref()
            .unwrap()
            .bytes()
            .to_vec()
    }

    #[test]
    fn layouts_are_those_of_the_exporter() {
        let mut model = chain(&["ofm"]);
        Profile::of(&model).unwrap().write(&mut model);
        assert_eq!(
            bytes(&model, SOURCES),
            [1, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, b'o', b'f', b'm', 0]
        );
        assert_eq!(
            bytes(&model, OPERATORS),
            [1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]
        );
    }

    #[test]
    fn new_operators_have_the_sources_of_what_they_read() {
        let before = chain(&["a", "b"]);
        let profile = Profile::of(&before).unwrap();
        let mut after = chain(&["a", "a_Quantize", "b"]);
        profile.write(&mut after);
        let again = Profile::of(&after).unwrap();
        assert_eq!(again.sources, profile.sources);
        assert_eq!(again.operators["a_Quantize"], BTreeSet::from([0]));
        assert_eq!(again.operators["b"], BTreeSet::from([1]));
        // Writing a second time takes the place of the first.
        let buffers = after.buffers().len();
        again.write(&mut after);
        assert_eq!(after.buffers().len(), buffers);
    }

    /// Rows of the operator table: index and sources.
    fn rows(model: &Model) -> Vec<(u32, Vec<u32>)> {
        let table = decode_operators(&mut Words(&bytes(model, OPERATORS))).unwrap();
        let row = |(index, from): (u32, BTreeSet<u32>)| (index, from.into_iter().collect());
        table.into_iter().map(row).collect()
    }

    #[test]
    fn operators_that_a_table_does_not_list_have_no_sources() {
        let mut model = chain(&["a", "b", "c"]);
        put(
            &mut model,
            OPERATORS,
            encode_operators(&[(0, BTreeSet::from([2, 7])), (2, BTreeSet::from([1]))]),
        );
        // With a new operator behind one that is listed, and one behind the one that is not.
        let mut after = chain(&["a", "a_Quantize", "b", "b_Quantize", "c"]);
        let profile = Profile::of(&model).unwrap();
        profile.write(&mut after);
        assert_eq!(rows(&after), [(0, vec![2, 7]), (1, vec![2, 7]), (4, vec![1])]);
        // The numbers are those of sources that have no name here, not of this model's operators.
        assert!(profile.sources.is_empty());
    }

    #[test]
    fn names_that_operators_share_have_no_sources() {
        let mut model = chain(&["a", "a", "b"]);
        Profile::of(&model).unwrap().write(&mut model);
        assert_eq!(rows(&model), [(2, vec![2])]);
    }

    #[test]
    fn tables_follow_a_stage() {
        let grow = |model: &mut Model| {
            *model.main_mut() = chain(&["a", "a_Quantize", "b"]).main().clone();
            Ok(())
        };
        let mut model = chain(&["a", "b"]);
        keeping(&mut model, grow).unwrap();
        assert_eq!(model.metadata, None, "nothing comes of nothing");
        let mut model = chain(&["a", "b"]);
        Profile::of(&model).unwrap().write(&mut model);
        keeping(&mut model, grow).unwrap();
        assert_eq!(rows(&model), [(0, vec![0]), (1, vec![0]), (2, vec![1])]);
    }

    #[test]
    fn damaged_tables_are_errors() {
        let mut model = chain(&["a", "b"]);
        Profile::of(&model).unwrap().write(&mut model);
        for name in [SOURCES, OPERATORS] {
            let whole = bytes(&model, name);
            for length in 1..whole.len() {
                let mut cut = model.clone();
                put(&mut cut, name, whole[..length].to_vec());
                assert!(Profile::of(&cut).is_err(), "{name} {length}");
            }
            let mut twice = whole.clone();
            twice[0] += 1;
            twice.extend(&whole[4..]);
            let mut wrong = model.clone();
            put(&mut wrong, name, twice);
            assert!(Profile::of(&wrong).is_err());
        }
    }
}
