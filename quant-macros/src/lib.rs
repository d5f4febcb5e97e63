//! [`value_tests!`]: one typed test for each model, granularity, type and stage of a list.
//!
//! The macro is a short pipeline: its arguments (`args`) and the manifest that the build script has
//! written (`manifest`) are read, every error in either becomes a compile error, and else the cases
//! become a tree of modules with one test a leaf (`expand`).

mod args;
mod checkpoints;
mod expand;
mod manifest;
mod marker;
mod words;

use expand::Form;
use proc_macro::TokenStream;

/// Writes the value tests of this package.
///
/// ```ignore
/// quant_macros::value_tests!();
/// quant_macros::value_tests!(quantizer = my_crate::MyQuantizer);
/// quant_macros::value_tests!(crate = renamed_testgen, quantizer = MyQuantizer);
/// quant_macros::value_tests!(quantizer = MyQuantizer, stages = { calibration: quant_testgen::results::Range });
/// ```
///
/// - `quantizer`: a type that implements `quant_testgen::run::Quantizer` for every stage that the list asks
///   for; without it, the quantizer of `quant-core`.
/// - `stages`: what each stage that `build.rs` declares makes of a tensor, a type that can be converted into
///   `quant_testgen::results::Named`. For each word of the package's own a marker stands where the macro does: `Calibration`
///   for the stage `calibration`.
/// - `crate`: the path of `quant_testgen`, where the dependency has another name.
///
/// A test is named `model::granularity::type::stage`, the model in lower case, as in
/// `conv2d_000::layer::uint8::quantization`; models of addQConfTest end in `_config`. Checkpoints have device and method in
/// place of granularity and type, as in `net::max78000::qat::quantization`, and need a quantizer that implements
/// `quant_testgen::run::CheckpointQuantizer`. What is wrong in the
/// list or in the trees beside it comes out as compile errors, all at once.
///
/// The package needs a build script that calls `quant_testgen::build()`.
#[proc_macro]
pub fn value_tests(input: TokenStream) -> TokenStream {
    expand::value_tests(input.into(), manifest::load(), Form::Functions).into()
}

/// The same tests as one table with a `main` of its own, for a test with `harness = false`.
///
/// ```toml
/// [[test]]
/// name = "value"
/// harness = false
/// ```
///
/// It needs the feature `table` of quant-testgen. Arguments, names, filters and errors are those of [`value_tests!`]. The table compiles in the same time
/// whatever its length; the functions can be run one by one from an editor. From about a thousand tests on
/// the table is worth it.
#[proc_macro]
pub fn value_table(input: TokenStream) -> TokenStream {
    expand::value_tests(input.into(), manifest::load(), Form::Table).into()
}

/// The tests of the manifest `NAME` in the folder that the environment variable `QUANT_MANIFESTS` names, as
/// `value_tests_of!(NAME, ARGUMENTS)`: for the tests of the messages, whose packages have no build script.
#[doc(hidden)]
#[proc_macro]
pub fn value_tests_of(input: TokenStream) -> TokenStream {
    let folder = std::env::var_os("QUANT_MANIFESTS").unwrap_or_default();
    let mut input = proc_macro2::TokenStream::from(input).into_iter();
    let name = input.next().map(|name| name.to_string());
    let path = std::path::Path::new(&folder).join(name.unwrap_or_default());
    // What stands behind the name and a comma are arguments.
    let arguments = input.skip(1).collect();
    let manifest = manifest::read(&path).map(|manifest| manifest::Manifest {
        is_anywhere: true,
        ..manifest
    });
    expand::value_tests(arguments, manifest, Form::Functions).into()
}
