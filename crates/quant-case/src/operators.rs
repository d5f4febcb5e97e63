//! The operators that recipes can name: their options, and what the test bench must know of them.
//!
//! One entry is an operator. Adding one is these lines here and its file in `quant-core`'s `ops`.

mod basic;
mod custom;
mod elementwise;
mod inputs;
mod reduce;
mod schema;
pub mod shape;
pub mod special;
mod spelling;
mod state;
#[cfg(test)]
mod tests;
mod without_kernel;

pub use custom::custom;
pub use inputs::{Activations, WeightInputs};
pub use schema::{FieldKind, OperatorSchema, OptionField};
pub use spelling::{field, numbered};

/// The schema of an operator, by its name or another spelling of it. That of `Custom` knows no options: those depend
/// on the operator's code, see [`custom`].
pub fn find(kind: &str) -> Option<&'static OperatorSchema> {
    let kind = spelling::kind(kind);
    let mut known = all().chain(without_kernel()).chain([custom::ANY]);
    known.find(|operator| operator.kind == kind)
}

/// Every operator that has a definition in `quant-core`.
pub fn all() -> impl Iterator<Item = &'static OperatorSchema> {
    TABLES.iter().copied().flatten()
}

/// Every operator that recipes can write, and that nothing runs or quantizes: it is carried.
pub fn without_kernel() -> impl Iterator<Item = &'static OperatorSchema> {
    without_kernel::TABLE.iter()
}

/// The tables of operators; each is sorted by name.
const TABLES: &[&[OperatorSchema]] = &[
    basic::TABLE,
    elementwise::TABLE,
    reduce::TABLE,
    shape::TABLE,
    special::TABLE,
    state::TABLE,
];

/// Whether any operator's options have this name.
pub fn is_options(name: &str) -> bool {
    let mut known = all().chain(without_kernel()).chain(custom::TABLE);
    known.any(|operator| operator.options == name && !name.is_empty())
}
