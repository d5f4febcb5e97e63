//! Tests of quant-amct. Those that compare with AMCT's own figures enumerate `reference/amct` under `QUANT_REFERENCE`, else
//! `../shared`.

mod algorithms;
mod config;
mod fallback;
mod flows;
mod graphs;
mod hostile;
mod left;
mod memory;
mod mobilenet;
mod record;
mod reference;
mod search;
mod whole;
