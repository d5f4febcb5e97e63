//! What was compared, and what differs.

use std::fmt;

/// One value that differs.
#[derive(Debug)]
pub struct Difference {
    /// Scheme and model.
    pub case: String,
    /// Operator and operand.
    pub place: String,
    pub key: &'static str,
    pub reference: String,
    pub ours: String,
}

impl Difference {
    pub fn new(
        place: impl Into<String>,
        key: &'static str,
        reference: impl Into<String>,
        ours: impl Into<String>,
    ) -> Self {
        Self {
            case: String::new(),
            place: place.into(),
            key,
            reference: reference.into(),
            ours: ours.into(),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            case,
            place,
            key,
            reference,
            ours,
        } = self;
        write!(
            f,
            "{case}: {place}: {key}: the original has {reference}, we have {ours}"
        )
    }
}

/// What was compared.
#[derive(Default)]
pub struct Compared {
    pub tensors: usize,
    pub integers: usize,
    pub requantizations: usize,
    pub differences: Vec<Difference>,
}

impl Compared {
    pub fn add(&mut self, other: Self) {
        self.tensors += other.tensors;
        self.integers += other.integers;
        self.requantizations += other.requantizations;
        self.differences.extend(other.differences);
    }
}

impl fmt::Display for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            tensors,
            integers,
            requantizations,
            differences,
        } = self;
        let differ = differences.len();
        write!(
            f,
            "{tensors} tensors, {integers} integers, {requantizations} requantizations, {differ} differ"
        )
    }
}
