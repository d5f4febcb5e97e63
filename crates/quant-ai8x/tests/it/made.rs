//! Checkpoints made for tests, and looks into them.

use quant_torch::{Checkpoint, DType, Format, Id, Payload};

/// A tensor of singles by its key, shape and elements.
pub type Entry<'a> = (&'a str, &'a [usize], &'a [f32]);

/// Adds a tensor of singles.
pub fn tensor(checkpoint: &mut Checkpoint, shape: &[usize], elements: &[f32]) -> Id {
    let bytes: Vec<u8> = elements.iter().flat_map(|x| x.to_le_bytes()).collect();
    let payload = Payload::Bytes(bytes.into());
    checkpoint.add_tensor(DType::Float, shape, payload).unwrap()
}

/// A checkpoint with a state, and a schedule with empty masks.
pub fn checkpoint(entries: &[Entry]) -> Checkpoint {
    let mut checkpoint = Checkpoint::new(Format::Zip);
    let dict = |checkpoint: &mut Checkpoint, entries: Vec<(&str, Id)>| {
        let entries = entries
            .into_iter()
            .map(|(key, id)| (checkpoint.graph.text(key).unwrap(), id));
        let entries = entries.collect();
        checkpoint.graph.dict(entries).unwrap()
    };
    let state = entries
        .iter()
        .map(|(key, shape, elements)| (*key, tensor(&mut checkpoint, shape, elements)));
    let state = state.collect();
    let state = dict(&mut checkpoint, state);
    let masks = dict(&mut checkpoint, vec![]);
    let schedule = dict(&mut checkpoint, vec![("masks_dict", masks)]);
    let extras = dict(&mut checkpoint, vec![]);
    let root = vec![
        ("state_dict", state),
        ("compression_sched", schedule),
        ("extras", extras),
    ];
    checkpoint.root = dict(&mut checkpoint, root);
    checkpoint
}

/// Follows keys from the root.
pub fn find(checkpoint: &Checkpoint, path: &[&str]) -> Option<Id> {
    path.iter()
        .try_fold(checkpoint.root, |dict, key| checkpoint.graph.lookup(dict, key))
}

/// The elements of the tensor at a path.
pub fn floats(checkpoint: &Checkpoint, path: &[&str]) -> Vec<f32> {
    let id = find(checkpoint, path).unwrap_or_else(|| panic!("there is no {path:?}"));
    checkpoint.tensor(id).unwrap().read_f32().unwrap()
}

/// The keys of the dictionary at a path.
pub fn keys(checkpoint: &Checkpoint, path: &[&str]) -> Vec<String> {
    let entries = checkpoint.graph.entries(find(checkpoint, path).unwrap()).unwrap();
    entries
        .iter()
        .map(|(key, _)| checkpoint.graph.as_text(*key).unwrap().to_owned())
        .collect()
}

/// The key of the state.
pub const STATE: &str = "state_dict";
