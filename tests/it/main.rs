//! Everything that is tested from outside in one program, which is linked once: `cargo test --test it`, and
//! `cargo test --test it cli::json` for a part. What needs a process of its own stands beside this folder.

#[cfg(unix)]
mod atomic_write;
mod checkpoints;
mod cli;
mod common;
mod conformance;
mod library;
mod one;
mod open_bench;
mod oracle;
mod recipes;
mod tidy;
mod transcripts;
mod uses_bench;
