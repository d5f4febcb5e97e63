//! What the flavours need exactly alike: tensors and operators among those of a graph, constants, refusals.
//!
//! All of it works on one graph of a model and takes the names that are free there ([`quant_ir::FreeNames`]); nothing here
//! knows a flavour.

pub mod cast;
pub mod constant;
pub mod float_model;
pub mod interface;
pub mod intermediates;
pub mod parameters;
pub mod shared_constants;
pub mod strict;
pub mod twins;
pub mod versions;
pub mod zero_bias;
