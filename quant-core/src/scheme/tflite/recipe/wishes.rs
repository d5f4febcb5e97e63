//! What operators want of their tensors: of an output what it is made as, of an input what it is read as.

use std::rc::Rc;

use super::coding::Coding;

/// Who makes or reads a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum User {
    /// The caller: an input or output of the graph.
    Graph,
    /// An operator, by its number.
    Op(usize),
}

/// What is done between a tensor and who makes or reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing: it is float.
    Nothing,
    /// A QUANTIZE makes integers of the float tensor.
    Quantize,
    /// The tensor holds integers, and a DEQUANTIZE makes floats of them.
    Dequantize,
    /// The tensor holds integers.
    Code,
    /// The tensor is multiplied by the Hadamard matrix of its parameters.
    Rotate,
}

/// What one wants.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Who.
    pub user: User,
    /// What.
    pub action: Action,
    /// To what.
    pub coding: Option<Rc<Coding>>,
}

/// What all want of one tensor.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// Who makes it.
    pub producer: Option<Wish>,
    /// Who reads it, once for each time.
    pub consumers: Vec<Wish>,
}

/// Whether codings are equal as NumPy arrays (`compat`), or stand for the same numbers.
pub fn same(a: Option<&Rc<Coding>>, b: Option<&Rc<Coding>>, compat: bool) -> bool {
    let (Some(a), Some(b)) = (a, b) else {
        return a.is_none() && b.is_none();
    };
    if Rc::ptr_eq(a, b) {
        return true;
    }
    match (&**a, &**b) {
        (Coding::Uniform(a), Coding::Uniform(b)) if !compat => a.means(b),
        (a, b) => a == b,
    }
}
