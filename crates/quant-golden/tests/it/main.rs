//! The oracle: this repository's goldens, and someone else's.

mod check;
mod reference;
mod tflite;
