//! Checkpoints in and out: those that torch wrote, those of others, and those that want something.

mod common;
mod files;
mod hostile;
mod reference;
