//! `test.recipe`: the text source of a small model, and its reader.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

mod filler;
mod read;
mod sparse;

use std::collections::{BTreeMap, BTreeSet};

pub use crate::textproto::Pos;
pub use read::{TYPES, parse, parse_complete};

/// An error in a recipe, shown as `line:column: what; way out`.
pub type RecipeError = crate::textproto::TextError;

/// A model as its recipe describes it. Names are unique in their graph and every use names an operand.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// Tensors of the main graph, in the order of the file.
    pub operands: Vec<Operand>,
    /// Operations of the main graph, in the order of the file.
    pub operations: Vec<Operation>,
    /// Names of the graph inputs.
    pub inputs: Vec<String>,
    /// Names of the graph outputs.
    pub outputs: Vec<String>,
    /// The recipe's version field (default 1).
    pub version: u32,
    /// The name of the main graph.
    pub name: Option<String>,
    /// Whether Circle's (deprecated) data format of the main graph is channels first.
    pub channels_first: bool,
    /// The graphs behind the main one, which is number 0, in the order of the file.
    pub graphs: Vec<Graph>,
    /// Entry points.
    pub signatures: Vec<Signature>,
    /// Whether the bytes of constants stand beyond the FlatBuffer.
    pub external: bool,
}

/// A graph that others call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    /// Its name.
    pub name: Option<String>,
    /// Tensors, in the order of the file.
    pub operands: Vec<Operand>,
    /// Operations, in the order of the file.
    pub operations: Vec<Operation>,
    /// Names of its inputs.
    pub inputs: Vec<String>,
    /// Names of its outputs.
    pub outputs: Vec<String>,
}

/// A named entry point.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Signature {
    /// Its key.
    pub key: Option<String>,
    /// Names at the interface, and the numbers of operands in the graph.
    pub inputs: Vec<(String, u32)>,
    /// The same for what it returns.
    pub outputs: Vec<(String, u32)>,
    /// The graph that it enters.
    pub graph: u32,
}

/// One tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Operand {
    /// Its name.
    pub name: String,
    /// Element type, upper case as in the schema: `FLOAT32`, `INT32`, …
    pub dtype: String,
    /// Dimensions; empty for a scalar.
    pub shape: Vec<i32>,
    /// Dimensions with −1 for those set at run time.
    pub shape_signature: Option<Vec<i32>>,
    /// Constant contents; `None` for an activation. Count and type are already checked.
    pub filler: Option<Filler>,
    /// Quantization parameters.
    pub quant: Option<Quant>,
    /// The axis of Circle's microscaling.
    pub mx_axis: Option<i32>,
    /// How a constant is stored when not element by element; its filler holds the stored elements.
    pub sparsity: Option<Sparsity>,
    /// Whether the tensor keeps its value between runs.
    pub is_variable: bool,
    /// Where the operand begins.
    pub pos: Pos,
}

impl Operand {
    /// An activation of which no more is said.
    pub fn new(name: String, dtype: String, pos: Pos) -> Self {
        Self {
            name,
            dtype,
            shape: Vec::new(),
            shape_signature: None,
            filler: None,
            quant: None,
            mx_axis: None,
            sparsity: None,
            is_variable: false,
            pos,
        }
    }
}

/// Contents of a constant, already expanded to one value an element (row-major).
#[derive(Clone, Debug, PartialEq)]
pub enum Filler {
    /// Elements of FLOAT32 and FLOAT16.
    Float(Vec<f32>),
    /// Elements of any integer type and bool (0, 1).
    Int(Vec<i64>),
    /// Elements of STRING.
    Text(Vec<String>),
    /// They stand in the model file that this is the outline of ([`crate::outline`]).
    InFile,
}

/// How a sparse constant is stored, as in the schema.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sparsity {
    /// The order in which dimensions are walked.
    pub traversal_order: Vec<i32>,
    /// The dimensions that blocks cut.
    pub block_map: Vec<i32>,
    /// Each dimension in the order of the walk.
    pub dims: Vec<SparseDim>,
}

/// A dimension of a sparse constant.
#[derive(Clone, Debug, PartialEq)]
pub enum SparseDim {
    /// All of it is stored: its size.
    Dense(i32),
    /// Compressed rows: where each row's elements begin, and which elements they are.
    Csr {
        /// One more than there are rows.
        segments: Indices,
        /// One for each stored element.
        indices: Indices,
    },
}

/// Numbers in the type that the file stores them in.
#[derive(Clone, Debug, PartialEq)]
pub enum Indices {
    /// None at all.
    None,
    /// `Int32Vector`.
    Int32(Vec<i32>),
    /// `Uint16Vector`.
    Uint16(Vec<u16>),
    /// `Uint8Vector`.
    Uint8(Vec<u8>),
}

/// Quantization parameters of an operand.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Quant {
    /// Minimum.
    pub min: Vec<f32>,
    /// Maximum.
    pub max: Vec<f32>,
    /// Scale.
    pub scale: Vec<f32>,
    /// Zero point.
    pub zero_point: Vec<i64>,
    /// The dimension along which the parameters run.
    pub quantized_dimension: i32,
}

/// One operator.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// Operator name: `Conv2D`; known to [`crate::operators`].
    pub kind: String,
    /// The code of a custom operator, whose kind is `Custom`.
    pub custom_code: Option<String>,
    /// The operator's version, when the recipe says it.
    pub version: Option<i32>,
    /// Operand names; the empty string is an absent optional input.
    pub inputs: Vec<String>,
    /// Operand names.
    pub outputs: Vec<String>,
    /// The fields of its `*_options`, defaults filled in, in the order of the schema.
    pub options: Vec<(String, OptionValue)>,
    /// Where the operation begins.
    pub pos: Pos,
}

/// The value of an option field.
#[derive(Clone, Debug, PartialEq)]
pub enum OptionValue {
    /// Integer fields.
    Int(i64),
    /// Float fields.
    Float(f32),
    /// Bool fields.
    Bool(bool),
    /// Enumerators, by name: `SAME`, `RELU6`, `FLOAT32`.
    Word(String),
    /// Repeated integer fields.
    Ints(Vec<i64>),
    /// A list of floats.
    Floats(Vec<f32>),
}

impl Operation {
    /// The option field `name`; every field of the operator's schema is present.
    pub fn option(&self, name: &str) -> Option<&OptionValue> {
        self.options
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value)
    }
}

impl Recipe {
    /// The same model with one float constant a reader, as quantization needs it, since readers may differ in
    /// type, granularity and range. The first reader keeps the constant, the others read copies named
    /// `name_1`, `name_2`, … (or the next name that is free).
    #[must_use]
    pub fn separated(&self) -> Self {
        let names: BTreeSet<&str> = self
            .operands
            .iter()
            .map(|operand| operand.name.as_str())
            .collect();
        let constants = self.operands.iter().filter(|operand| operand.is_float_const());
        let constants: BTreeMap<&str, &Operand> = constants.map(|o| (o.name.as_str(), o)).collect();
        let mut taken: BTreeSet<String> = BTreeSet::new();
        let mut read: BTreeSet<&str> = self.outputs.iter().map(String::as_str).collect();
        let mut recipe = self.clone();
        let inputs = self.operations.iter().flat_map(|operation| &operation.inputs);
        let places = recipe
            .operations
            .iter_mut()
            .flat_map(|operation| &mut operation.inputs);
        for (name, place) in inputs.zip(places) {
            let Some(operand) = constants.get(name.as_str()) else {
                continue;
            };
            if read.insert(name) {
                continue;
            }
            let free = (1..=u64::MAX)
                .map(|number| format!("{name}_{number}"))
                .find(|free| !names.contains(free.as_str()) && !taken.contains(free))
                .unwrap_or_default();
            taken.insert(free.clone());
            recipe.operands.push(Operand {
                name: free.clone(),
                ..(*operand).clone()
            });
            *place = free;
        }
        recipe
    }

    /// The operand of that name.
    pub fn operand(&self, name: &str) -> Option<&Operand> {
        self.operands.iter().find(|operand| operand.name == name)
    }

    /// The operation that makes an operand.
    pub fn producer(&self, name: &str) -> Option<&Operation> {
        self.operations
            .iter()
            .find(|operation| operation.outputs.iter().any(|output| output == name))
    }
}

impl Operand {
    /// Whether it is a float constant.
    pub fn is_float_const(&self) -> bool {
        self.dtype == "FLOAT32" && self.filler.is_some()
    }

    /// Whether it is a float activation.
    pub fn is_float_activation(&self) -> bool {
        self.dtype == "FLOAT32" && self.filler.is_none()
    }
}
