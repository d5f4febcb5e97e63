//! The state of a checkpoint: the dictionary of its tensors, old and new.

use std::collections::BTreeMap;

use quant_torch::{Checkpoint, DType, Error, Id, Object, Payload, Problem, Result, Tensor};

/// The dictionary as it was, and as it becomes: changed values stand in their old places, new keys behind them.
pub(crate) struct State {
    old: BTreeMap<String, Id>,
    /// The keys in their order.
    pub keys: Vec<String>,
    new: Vec<(Id, Option<Id>)>,
    places: BTreeMap<String, usize>,
}

fn no_state() -> Error {
    Error::new(
        "",
        Problem::MissingKey("No `state_dict` in checkpoint file.".into()),
        "save a dictionary with the network's state under this key",
    )
}

impl State {
    /// The state of a checkpoint, and its dictionary.
    ///
    /// # Errors
    /// It has none, or a key of it comes twice.
    pub fn of(checkpoint: &Checkpoint) -> Result<(Self, Id)> {
        let dict = checkpoint
            .graph
            .lookup(checkpoint.root, "state_dict")
            .ok_or_else(no_state)?;
        let entries = checkpoint.graph.entries(dict).map_err(|_| no_state())?;
        let mut state = Self {
            old: BTreeMap::new(),
            keys: Vec::new(),
            new: Vec::new(),
            places: BTreeMap::new(),
        };
        for (key, value) in entries {
            let text = checkpoint.graph.as_text(*key).ok_or_else(|| {
                Error::new(
                    "state_dict",
                    Problem::Key("a key is no text".into()),
                    "save the state_dict of a network",
                )
            })?;
            state.places.insert(text.to_owned(), state.new.len());
            state.new.push((*key, Some(*value)));
            state.keys.push(text.to_owned());
            if state.old.insert(text.to_owned(), *value).is_some() {
                return Err(Error::new(
                    "state_dict",
                    Problem::Key(format!("the key {text} comes twice")),
                    "save the checkpoint with torch.save",
                ));
            }
        }
        Ok((state, dict))
    }

    /// A tensor as it was.
    ///
    /// # Errors
    /// The key names something else.
    pub fn tensor(&self, checkpoint: &Checkpoint, key: &str) -> Result<Option<Tensor>> {
        let Some(id) = self.old.get(key) else {
            return Ok(None);
        };
        checkpoint
            .tensor(*id)
            .map(Some)
            .map_err(|error| error.within(key))
    }

    /// The number in a tensor of one element, as it was.
    ///
    /// # Errors
    /// The tensor has more elements, or none.
    pub fn number(&self, checkpoint: &Checkpoint, key: &str) -> Result<Option<f64>> {
        let Some(tensor) = self.tensor(checkpoint, key)? else {
            return Ok(None);
        };
        match tensor.read_f64().map_err(|error| error.within(key))?.as_slice() {
            [number] => Ok(Some(*number)),
            more => Err(Error::new(
                key,
                Problem::Shape(format!("it has {} elements instead of one", more.len())),
                "save a tensor of one element here",
            )),
        }
    }

    /// Whether the state had a key.
    pub fn has(&self, key: &str) -> bool {
        self.old.contains_key(key)
    }

    /// Makes a value the old one of a key, as if the checkpoint had come with it.
    ///
    /// # Errors
    /// There are too many objects.
    pub fn replace(&mut self, checkpoint: &mut Checkpoint, key: &str, value: Id) -> Result<()> {
        self.set(checkpoint, key, value)?;
        if self.old.insert(key.to_owned(), value).is_none() {
            self.keys.push(key.to_owned());
        }
        Ok(())
    }

    /// Takes a key out, as if the checkpoint had come without it.
    pub fn forget(&mut self, key: &str) {
        self.remove(key);
        if self.old.remove(key).is_some() {
            self.keys.retain(|known| known != key);
        }
    }

    /// What a key will name; `None` when there is no such key any more.
    pub fn current(&self, key: &str) -> Option<Id> {
        let place = self.places.get(key)?;
        self.new.get(*place)?.1
    }

    /// Sets a value.
    ///
    /// # Errors
    /// There are too many objects.
    pub fn set(&mut self, checkpoint: &mut Checkpoint, key: &str, value: Id) -> Result<()> {
        if let Some(entry) = self.places.get(key).and_then(|place| self.new.get_mut(*place))
            && entry.1.is_some()
        {
            entry.1 = Some(value);
            return Ok(());
        }
        let text = checkpoint.graph.text(key)?;
        self.places.insert(key.to_owned(), self.new.len());
        self.new.push((text, Some(value)));
        Ok(())
    }

    /// Removes a key.
    pub fn remove(&mut self, key: &str) {
        if let Some(entry) = self.places.get(key).and_then(|place| self.new.get_mut(*place)) {
            entry.1 = None;
        }
    }

    /// Puts the new dictionary into the checkpoint, as a copy: who else holds the old one keeps it.
    ///
    /// # Errors
    /// There are too many objects.
    pub fn finish(self, checkpoint: &mut Checkpoint, dict: Id) -> Result<()> {
        let entries = self
            .new
            .into_iter()
            .filter_map(|(key, value)| Some((key, value?)))
            .collect();
        let copy = match checkpoint.graph.get(dict).clone() {
            Object::Built(mut built) => {
                built.entries = entries;
                Object::Built(built)
            }
            _ => Object::Dict(entries),
        };
        let copy = checkpoint.graph.add(copy)?;
        let root = checkpoint.root;
        checkpoint.graph.set(root, "state_dict", copy)
    }
}

/// A tensor of one single, as `torch.Tensor([x])`.
///
/// # Errors
/// There are too many objects.
pub(crate) fn one(checkpoint: &mut Checkpoint, x: f32) -> Result<Id> {
    let payload = Payload::Bytes(x.to_le_bytes().as_slice().into());
    checkpoint.add_tensor(DType::Float, &[1], payload)
}
