//! What operators want of their tensors: of an output what it is made as, of an input what it is read as.

use std::collections::BTreeMap;
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

/// What equal codings have in common, and others hardly.
fn mark(coding: Option<&Rc<Coding>>) -> Vec<i64> {
    match coding.map(|coding| &**coding) {
        None => Vec::new(),
        Some(Coding::Half(bytes)) => vec![-1, bytes.len() as i64],
        Some(Coding::Uniform(uniform)) => {
            let scales = uniform.scale.singles().into_iter();
            let scales = scales.map(|scale| i64::from(scale.to_bits()));
            let zero_points = uniform.zero_point.iter().copied();
            std::iter::once(i64::from(uniform.bits))
                .chain(scales)
                .chain(zero_points)
                .collect()
        }
    }
}

/// Things that are found by a coding.
pub struct ByCoding<T> {
    compat: bool,
    places: BTreeMap<Vec<i64>, Vec<usize>>,
    /// In the order in which they came.
    pub all: Vec<T>,
}

impl<T> ByCoding<T> {
    /// None, compared as [`same`] does.
    pub fn new(compat: bool) -> Self {
        Self {
            compat,
            places: BTreeMap::new(),
            all: Vec::new(),
        }
    }

    /// The first that has an equal coding and passes, or a new one.
    pub fn of(
        &mut self,
        coding: Option<&Rc<Coding>>,
        of: impl Fn(&T) -> Option<&Rc<Coding>>,
        passes: impl Fn(&T) -> bool,
        new: impl FnOnce() -> T,
    ) -> &mut T {
        let places = self.places.entry(mark(coding)).or_default();
        let fits = |at: &&usize| {
            let one = &self.all[**at];
            passes(one) && same(of(one), coding, self.compat)
        };
        let at = if let Some(at) = places.iter().find(fits) {
            *at
        } else {
            places.push(self.all.len());
            self.all.push(new());
            self.all.len() - 1
        };
        &mut self.all[at]
    }
}
