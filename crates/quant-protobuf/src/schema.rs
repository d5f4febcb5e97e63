//! How a message is described.

/// A message: its fields by number, ascending.
#[derive(Debug)]
pub struct MessageType {
    /// Its name, without the names around it.
    pub name: &'static str,
    /// Its fields.
    pub fields: &'static [FieldType],
}

/// A field of a message.
#[derive(Debug)]
pub struct FieldType {
    /// Its number in the binary form.
    pub number: u32,
    /// Its name in the text form.
    pub name: &'static str,
    /// Whether it may be there more than once.
    pub repeated: bool,
    /// What it holds.
    pub kind: Kind,
}

/// What a field holds.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum Kind {
    Int32,
    Int64,
    Uint32,
    Uint64,
    Bool,
    Float,
    Double,
    Fixed64,
    /// UTF-8.
    Text,
    Bytes,
    Enum(&'static EnumType),
    Message(&'static MessageType),
}

/// An enumeration.
#[derive(Debug)]
pub struct EnumType {
    /// Its name.
    pub name: &'static str,
    /// Its enumerators.
    pub values: &'static [(i32, &'static str)],
}

impl MessageType {
    /// The field of a number.
    pub fn field(&self, number: u32) -> Option<&'static FieldType> {
        self.fields.iter().find(|field| field.number == number)
    }

    /// The field of a name.
    pub fn named(&self, name: &str) -> Option<&'static FieldType> {
        self.fields.iter().find(|field| field.name == name)
    }
}

impl EnumType {
    /// The name of an enumerator.
    pub fn name_of(&self, value: i32) -> Option<&'static str> {
        let mut values = self.values.iter();
        values.find(|(known, _)| *known == value).map(|(_, name)| *name)
    }

    /// The enumerator of a name.
    pub fn value_of(&self, name: &str) -> Option<i32> {
        let mut values = self.values.iter();
        values.find(|(_, known)| *known == name).map(|(value, _)| *value)
    }
}

/// A field that is there at most once.
pub const fn one(number: u32, name: &'static str, kind: Kind) -> FieldType {
    FieldType {
        number,
        name,
        repeated: false,
        kind,
    }
}

/// A field that may be there more than once.
pub const fn many(number: u32, name: &'static str, kind: Kind) -> FieldType {
    FieldType {
        number,
        name,
        repeated: true,
        kind,
    }
}
