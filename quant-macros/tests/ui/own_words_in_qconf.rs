//! Own words where only ONE's may stand.

quant_macros::value_tests_of!(own_words_in_qconf);

fn main() {}
