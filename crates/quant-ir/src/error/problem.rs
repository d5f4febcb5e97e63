//! What happened.

use super::words::{takes, unknown, wanted};
use crate::DType;

/// What happened. A variant with a text is a family of rare ones, and the text says which.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Problem {
    /// The file is not sound: counts, offsets, operands or buffers that cannot be.
    #[error("{0}")]
    Malformed(String),
    /// Words or numbers of data cannot be read.
    #[error("{0}")]
    Parse(String),
    /// The operators of a graph depend on each other in a circle.
    #[error("it reads `{0}`, which depends on its own output: the graph has a cycle")]
    Cycle(String),
    /// A value is read before an operator makes it, or nothing makes it.
    #[error("{0}")]
    Order(String),
    /// A required input of an operator is not there.
    #[error("input {index} is missing")]
    MissingInput {
        /// Its number.
        index: usize,
    },
    /// Something else that must be there is not.
    #[error("{0}")]
    Missing(String),
    /// An activation has no recorded range.
    #[error("it has no recorded range")]
    MissingRange,
    /// No activation of the model has a recorded range.
    #[error("no activation has a recorded range")]
    MissingRanges,
    /// A recorded range whose bounds are in the wrong order or are no numbers.
    #[error("its recorded range {min}…{max} is none")]
    BadRange {
        /// The lower bound.
        min: f32,
        /// The upper bound.
        max: f32,
    },
    /// A range that no scale can hold.
    #[error("its range is {min}…{max}, which no scale can hold")]
    UnboundedRange {
        /// The lower bound.
        min: f32,
        /// The upper bound.
        max: f32,
    },
    /// Scales or zero points are missing, or not as many as are wanted.
    #[error("{0}")]
    Parameters(String),
    /// An element of the data is NaN or infinite.
    #[error("element {element} is {value}")]
    NotFinite {
        /// Its number.
        element: usize,
        /// What it is.
        value: f32,
    },
    /// An element of a constant is NaN, infinite or too large for a scale.
    #[error("element {element} is {value:e}, which no scale can hold")]
    Unscalable {
        /// Its number.
        element: usize,
        /// What it is.
        value: f32,
    },
    /// A tensor was NaN throughout.
    #[error("all values are NaN")]
    AllNan,
    /// A bias does not fit its type with the scale that input and weights give it.
    #[error("element {element}, {value}, is {steps:e} steps of {scale:e} and overflows {dtype}")]
    Overflow {
        /// Its number.
        element: usize,
        /// What it is.
        value: f32,
        /// The same in steps of the scale.
        steps: f32,
        /// The scale.
        scale: f32,
        /// The type that is too small.
        dtype: DType,
    },
    /// A tensor of another number of dimensions than the operator takes.
    #[error("{what} {found:?} is not of rank {expected}")]
    Rank {
        /// Which tensor.
        what: &'static str,
        /// Its shape.
        found: Vec<usize>,
        /// The number of dimensions that is wanted.
        expected: usize,
    },
    /// An input of an operator has a shape that it does not take.
    #[error("input {index} has shape {found:?}{}", wanted(expected.as_deref()))]
    InputShape {
        /// Its number.
        index: usize,
        /// Its shape.
        found: Vec<usize>,
        /// The one that is wanted, when there is one alone.
        expected: Option<Vec<usize>>,
    },
    /// An operator makes another shape than the model says.
    #[error("its output has shape {found:?}, the model says {expected:?}")]
    OutputShape {
        /// What it makes.
        found: Vec<usize>,
        /// What the model says.
        expected: Vec<i32>,
    },
    /// Two shapes that do not broadcast.
    #[error("shapes {a:?} and {b:?} do not broadcast")]
    Broadcast {
        /// The first.
        a: Vec<usize>,
        /// The second.
        b: Vec<usize>,
    },
    /// An axis that the value does not have.
    #[error("axis {axis} of a value of rank {rank}")]
    Axis {
        /// The axis.
        axis: i64,
        /// The number of dimensions.
        rank: usize,
    },
    /// An index beyond its dimension.
    #[error("index {index} into a dimension of {dim}")]
    Index {
        /// The index.
        index: i64,
        /// The dimension.
        dim: usize,
    },
    /// A bias that does not have one element for each output channel.
    #[error("bias of shape {found:?} for {channels} channels")]
    BiasShape {
        /// Its shape.
        found: Vec<usize>,
        /// How many channels there are.
        channels: usize,
    },
    /// Shapes that do not go together in another way.
    #[error("{0}")]
    Shape(String),
    /// Another number of inputs, outputs or elements than is wanted.
    #[error("{0}")]
    Count(String),
    /// A value for the model is of another type or shape than the model's input.
    #[error(
        "{found} of shape {found_shape:?} is given, the model takes {expected} of shape {expected_shape:?}"
    )]
    Value {
        /// The type that is given.
        found: DType,
        /// The shape that is given.
        found_shape: Vec<usize>,
        /// The type of the input.
        expected: DType,
        /// The shape of the input; −1 takes any size.
        expected_shape: Vec<i32>,
    },
    /// An input of an operator is of another type or shape than its first one.
    #[error(
        "input {index} is {found} of shape {found_shape:?}, input 0 is {expected} of shape {expected_shape:?}"
    )]
    UnlikeFirst {
        /// Its number.
        index: usize,
        /// Its type.
        found: DType,
        /// Its shape.
        found_shape: Vec<usize>,
        /// The type of input 0.
        expected: DType,
        /// The shape of input 0.
        expected_shape: Vec<usize>,
    },
    /// An input of an operator has a type that it cannot have.
    #[error("input {index} is {found}, not {expected}")]
    InputType {
        /// Its number.
        index: usize,
        /// Its type.
        found: DType,
        /// What is wanted, in words.
        expected: &'static str,
    },
    /// Types that do not go together, or that something cannot have.
    #[error("{0}")]
    Type(String),
    /// The model or constant is quantized already.
    #[error("it is {0} with a scale: the model is quantized already")]
    Quantized(DType),
    /// A number, name or text that an option or argument cannot be.
    #[error("{0}")]
    Option(String),
    /// Elements of an operand that the operator cannot take.
    #[error("{0}")]
    Operand(String),
    /// The same is said twice.
    #[error("{0}")]
    Duplicate(String),
    /// Two settings, or a setting and the model, contradict each other.
    #[error("{0}")]
    Conflict(String),
    /// A tensor or layer that the model does not have; the hint tells what is near.
    #[error("{}", unknown(text.as_deref()))]
    UnknownName {
        /// The name.
        name: String,
        /// Other words for it than the usual ones, as the original tool has.
        text: Option<String>,
    },
    /// A graph that the model does not have.
    #[error("subgraph {0} does not exist")]
    NoGraph(i32),
    /// A record that the data do not have.
    #[error("there is no record {0}")]
    NoRecord(usize),
    /// The data have no record at all.
    #[error("there are none")]
    NoRecords,
    /// What was made is not right: an error of this program, or of a model that it does not understand.
    #[error("Wrong {what} detected in {tensor}: {detail}")]
    Unsound {
        /// What of it.
        what: String,
        /// The tensor.
        tensor: String,
        /// What it is and should be.
        detail: String,
    },
    /// Wrong in a way that no other variant names.
    #[error("{0}")]
    Invalid(String),

    /// No rule says how the operator, or its constants, are quantized.
    #[error("{0}")]
    NoRule(String),
    /// An operator, or this form of it, has no kernel.
    #[error("{0}")]
    NoKernel(String),
    /// A kernel does not take the type of an input.
    #[error("input {index} is {found}{}", takes(expected))]
    NoKernelType {
        /// The number of the input.
        index: usize,
        /// Its type.
        found: DType,
        /// The types that it takes; empty when the hint tells them.
        expected: &'static str,
    },
    /// A type that there is no way to handle.
    #[error("{0}")]
    UnsupportedType(String),
    /// Weights that are computed in the model.
    #[error("Unsupported non const input {0}")]
    NotConstant(String),
    /// The model has several graphs where one is wanted.
    #[error("it has {0} graphs, and only the main one can be quantized")]
    Graphs(usize),
    /// A part of the file that this program does not know, and would lose.
    #[error("{0}")]
    Foreign(String),
    /// What the format of the new file cannot hold.
    #[error("{0}")]
    Format(String),
    /// Not supported for a reason that no other variant names.
    #[error("{0}")]
    Unsupported(String),

    /// More than may be read or made.
    #[error("{0}")]
    Limit(String),
    /// More of something than is read.
    #[error("{found} {what}")]
    TooMany {
        /// Of what.
        what: String,
        /// How many there are.
        found: u64,
        /// How many there may be.
        limit: u64,
    },
    /// A value of more elements than any may have.
    #[error("{what} {shape:?} has more than {limit} elements")]
    TooLarge {
        /// Of what this is the shape.
        what: &'static str,
        /// Its shape.
        shape: Vec<usize>,
        /// How many elements there may be.
        limit: usize,
    },

    /// Data could not be had; the source says why.
    #[error("{0}")]
    Io(String),
}
