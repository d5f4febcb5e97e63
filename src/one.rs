//! Programs of Samsung ONE under their own names: the same command lines, files and exit codes, over the same
//! library calls as the verbs of `quant`.

pub mod circle_eval_diff;
pub mod circle_mpqsolver;
pub mod circle_quantizer;
pub mod circle_tensordump;
pub mod data;
pub mod number;
pub mod program;
pub mod q_implant;
pub mod record_minmax;
pub mod visq;
pub mod with_minmax;
