//! The objects of a pickle.

use crate::error::{Error, Problem, Result};
use crate::limits::MAX_OBJECTS;

/// An object of a [`Graph`]. Two places that hold one object hold one `Id`, as in Python.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Id(u32);

impl Id {
    /// The first object of a graph.
    pub(crate) const FIRST: Self = Self(0);

    /// Its place in the graph, from 0.
    pub(crate) fn place(self) -> usize {
        self.0 as usize
    }
}

/// A Python object, as data.
#[derive(Clone, Debug, PartialEq)]
pub enum Object {
    /// `None`.
    None,
    /// `bool`.
    Bool(bool),
    /// `int` of 64 bits.
    Int(i64),
    /// A longer `int`: two's complement, least significant byte first.
    Long(Vec<u8>),
    /// `float`.
    Float(f64),
    /// `str`.
    Text(String),
    /// `str` of Python 2: bytes of no known encoding.
    OldText(Vec<u8>),
    /// `bytes`.
    Bytes(Vec<u8>),
    /// `bytearray`.
    ByteArray(Vec<u8>),
    /// A class or function, by name.
    Global {
        /// Its module.
        module: String,
        /// Its name in the module.
        name: String,
    },
    /// `tuple`.
    Tuple(Vec<Id>),
    /// `list`.
    List(Vec<Id>),
    /// `dict`, in order.
    Dict(Vec<(Id, Id)>),
    /// `set`, in the order of the file.
    Set(Vec<Id>),
    /// `frozenset`, in the order of the file.
    FrozenSet(Vec<Id>),
    /// What a call makes.
    Built(Box<Built>),
    /// What lies outside of the pickle, by its name there: the storage of a tensor.
    Persistent(Id),
}

/// How an object comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// A function of the [list](super::CALLABLE) is called.
    Function,
    /// An object of a class is made, without calling its `__init__`.
    New,
    /// The same, with keyword arguments.
    NewWithKeywords(Id),
}

/// An object that a call makes, and what is put into it then.
#[derive(Clone, Debug, PartialEq)]
pub struct Built {
    /// The kind of call.
    pub call: Call,
    /// Function or class.
    pub callable: Id,
    /// The tuple of arguments.
    pub arguments: Id,
    /// What is appended to it.
    pub appended: Vec<Id>,
    /// The entries that are set in it.
    pub entries: Vec<(Id, Id)>,
    /// Its state.
    pub state: Option<Id>,
}

/// All objects of a checkpoint.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    objects: Vec<Object>,
}

impl Graph {
    /// Adds an object.
    ///
    /// # Errors
    /// There are too many.
    pub fn add(&mut self, object: Object) -> Result<Id> {
        if self.objects.len() >= MAX_OBJECTS {
            return Err(Error::new(
                "",
                Problem::Limit(format!("there are more than {MAX_OBJECTS} objects")),
                "save the checkpoint without what is not needed",
            ));
        }
        self.objects.push(object);
        Ok(Id((self.objects.len() - 1) as u32))
    }

    /// An object. An `Id` of another graph gives `None` or another object.
    pub fn get(&self, id: Id) -> &Object {
        self.objects.get(id.place()).unwrap_or(&Object::None)
    }

    /// An object, to be changed.
    ///
    /// # Errors
    /// The `Id` is one of another graph.
    pub fn get_mut(&mut self, id: Id) -> Result<&mut Object> {
        self.objects.get_mut(id.place()).ok_or_else(|| {
            Error::new(
                "",
                Problem::Misuse("the object belongs to another checkpoint".into()),
                "add it to this one",
            )
        })
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// Every object.
    pub fn ids(&self) -> impl Iterator<Item = Id> + use<> {
        (0..self.objects.len() as u32).map(Id)
    }

    /// Adds a `str`.
    ///
    /// # Errors
    /// As [`Graph::add`].
    pub fn text(&mut self, text: impl Into<String>) -> Result<Id> {
        self.add(Object::Text(text.into()))
    }

    /// Adds a `dict`.
    ///
    /// # Errors
    /// As [`Graph::add`].
    pub fn dict(&mut self, entries: Vec<(Id, Id)>) -> Result<Id> {
        self.add(Object::Dict(entries))
    }

    /// Adds a class or function.
    ///
    /// # Errors
    /// As [`Graph::add`].
    pub fn global(&mut self, module: &str, name: &str) -> Result<Id> {
        self.add(Object::Global {
            module: module.into(),
            name: name.into(),
        })
    }

    /// The text of a `str`.
    pub fn as_text(&self, id: Id) -> Option<&str> {
        match self.get(id) {
            Object::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value of an `int`.
    pub fn as_int(&self, id: Id) -> Option<i64> {
        match self.get(id) {
            Object::Int(value) => Some(*value),
            _ => None,
        }
    }

    /// The items of a `tuple` or `list`.
    pub fn as_items(&self, id: Id) -> Option<&[Id]> {
        match self.get(id) {
            Object::Tuple(items) | Object::List(items) => Some(items),
            _ => None,
        }
    }

    /// Whether an object is the class or function `module.name`.
    pub fn is_global(&self, id: Id, module: &str, name: &str) -> bool {
        matches!(self.get(id), Object::Global { module: m, name: n } if m == module && n == name)
    }

    /// The call that makes an object, when it is one of `collections.OrderedDict`.
    fn ordered(&self, object: &Object) -> bool {
        match object {
            Object::Built(built) => self.is_global(built.callable, "collections", "OrderedDict"),
            _ => false,
        }
    }

    /// Whether an object is a `dict` or an `OrderedDict`.
    pub fn is_dict(&self, id: Id) -> bool {
        let object = self.get(id);
        matches!(object, Object::Dict(_)) || self.ordered(object)
    }

    /// The entries of a `dict` or `OrderedDict`, in order.
    ///
    /// # Errors
    /// The object is something else.
    pub fn entries(&self, id: Id) -> Result<&[(Id, Id)]> {
        match self.get(id) {
            Object::Dict(entries) => Ok(entries),
            object @ Object::Built(built) if self.ordered(object) => Ok(&built.entries),
            _ => Err(Error::new("", Problem::NotDict, "save one with torch.save")),
        }
    }

    /// The entries of a `dict` or `OrderedDict`, to be changed.
    ///
    /// # Errors
    /// The object is something else.
    pub fn entries_mut(&mut self, id: Id) -> Result<&mut Vec<(Id, Id)>> {
        let is_dict = self.is_dict(id);
        match self.get_mut(id)? {
            Object::Dict(entries) => Ok(entries),
            Object::Built(built) if is_dict => Ok(&mut built.entries),
            _ => Err(Error::new("", Problem::NotDict, "save one with torch.save")),
        }
    }

    /// The value of a key that is a `str`: the last one set, as in Python.
    pub fn lookup(&self, dict: Id, key: &str) -> Option<Id> {
        let entries = self.entries(dict).ok()?;
        let entry = entries.iter().rev().find(|(k, _)| self.as_text(*k) == Some(key));
        entry.map(|(_, value)| *value)
    }

    /// Sets the value of a key that is a `str`; a new key stands behind the others.
    ///
    /// # Errors
    /// `dict` is none, or there are too many objects.
    pub fn set(&mut self, dict: Id, key: &str, value: Id) -> Result<()> {
        let entries = self.entries(dict)?;
        let place = entries.iter().rposition(|(k, _)| self.as_text(*k) == Some(key));
        let new = if place.is_none() {
            Some(self.text(key)?)
        } else {
            None
        };
        let entries = self.entries_mut(dict)?;
        match (place.and_then(|place| entries.get_mut(place)), new) {
            (Some(entry), _) => entry.1 = value,
            (None, Some(key)) => entries.push((key, value)),
            (None, None) => {}
        }
        Ok(())
    }

    /// The objects that an object holds, in the order in which they are written.
    pub(crate) fn parts(&self, id: Id) -> Vec<Id> {
        match self.get(id) {
            Object::Tuple(items) | Object::List(items) | Object::Set(items) | Object::FrozenSet(items) => {
                items.clone()
            }
            Object::Dict(entries) => entries.iter().flat_map(|(k, v)| [*k, *v]).collect(),
            Object::Persistent(name) => vec![*name],
            Object::Built(built) => {
                let mut parts = vec![built.callable, built.arguments];
                if let Call::NewWithKeywords(keywords) = built.call {
                    parts.push(keywords);
                }
                parts.extend(&built.appended);
                parts.extend(built.entries.iter().flat_map(|(k, v)| [*k, *v]));
                parts.extend(built.state);
                parts
            }
            _ => Vec::new(),
        }
    }
}
