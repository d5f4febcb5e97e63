//! Cases to modules and tests, errors to compile errors.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::args::Args;
use crate::checkpoints::checkpoints;
use crate::manifest::{Case, FILE, Manifest};
use crate::marker::test;
use crate::words::{paths, words};

/// How many errors are shown; a forgotten folder would make thousands.
const MAX_ERRORS: usize = 40;

/// How the tests are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One function each, run by the usual harness.
    Functions,
    /// One table, run by a `main` of its own.
    Table,
}

/// The whole macro.
pub fn value_tests(input: TokenStream, manifest: Result<Manifest, String>, form: Form) -> TokenStream {
    let found = syn::parse2::<Args>(input)
        .map_err(|error| error.to_compile_error())
        .and_then(|args| Ok((args, manifest.map_err(|what| errors(&[what]))?)));
    match found {
        Ok((args, manifest)) if manifest.errors.is_empty() => {
            let words = match words(&args, &manifest) {
                Ok(words) => words,
                Err(error) => return no_main(form, &error.to_compile_error()),
            };
            let tests = match form {
                Form::Functions => functions(&args, &manifest),
                Form::Table => table(&args, &manifest),
            };
            let watch = watch(&manifest);
            quote! { #watch #words #tests }
        }
        Ok((_, manifest)) => no_main(form, &errors(&manifest.errors)),
        Err(error) => no_main(form, &error),
    }
}

/// What makes the compiler know that the tests depend on the manifest that a build script wrote.
fn watch(manifest: &Manifest) -> Option<TokenStream> {
    let watch = quote! { const _: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/", #FILE)); };
    (!manifest.is_anywhere).then_some(watch)
}

/// Errors without the further one that there is no `main`.
fn no_main(form: Form, errors: &TokenStream) -> TokenStream {
    let main = (form == Form::Table).then(|| quote! { fn main() {} });
    quote! { #errors #main }
}

/// The table form: types are checked once for each combination, rows are read from the manifest.
fn table(args: &Args, manifest: &Manifest) -> TokenStream {
    let Args { krate, quantizer, .. } = args;
    let mut combinations: BTreeSet<[&str; 4]> = BTreeSet::new();
    let mut exist: Vec<TokenStream> = Vec::new();
    let mut stages: BTreeMap<String, TokenStream> = BTreeMap::new();
    for case in &manifest.cases {
        if !combinations.insert([&case.kind, &case.granularity, &case.dtype, &case.stage]) {
            continue;
        }
        let [granularity, dtype, stage] = paths(args, manifest, case, &TokenStream::new());
        exist.push(quote! { #krate::run::table::exists::<#granularity, #dtype, #stage, __Words>(); });
        stages.insert(stage.to_string(), stage);
    }
    let stages = stages.values();
    let checkpoints = if manifest.checkpoints.is_empty() {
        quote! { None }
    } else {
        quote! { Some(#krate::run::check_checkpoint::<__Quantizer>) }
    };
    quote! {
        #[doc(hidden)]
        type __Quantizer = #quantizer;
        const _: () = {
            #(#exist)*
        };
        /// The usual harness would never call `main`, and pass without a test.
        #[test]
        fn the_table_needs_harness_false() {
            panic!("write `harness = false` below this test's `[[test]]` in Cargo.toml");
        }
        fn main() -> ::std::process::ExitCode {
            #krate::run::table::main(
                env!("CARGO_MANIFEST_DIR"),
                include_str!(concat!(env!("OUT_DIR"), "/", #FILE)),
                &[#(#krate::run::table::stage::<__Quantizer, #stages>),*],
                #checkpoints,
                #krate::assert_golden!(),
            )
        }
    }
}

/// One compile error: all of them would stand at the same place, the macro's.
fn errors(errors: &[String]) -> TokenStream {
    let text = match errors {
        [error] => error.clone(),
        errors => {
            let shown = errors.iter().take(MAX_ERRORS).cloned();
            let more = errors.len().saturating_sub(MAX_ERRORS);
            let rest = (more > 0).then(|| format!("… and {more} more"));
            let head = format!("{} errors in the list and its trees", errors.len());
            let lines: Vec<String> = std::iter::once(head).chain(shown).chain(rest).collect();
            lines.join("\n")
        }
    };
    quote! { ::core::compile_error!(#text); }
}

/// The function form: a module for each model, granularity and type, a function for each stage.
fn functions(args: &Args, manifest: &Manifest) -> TokenStream {
    let Args { krate, quantizer, .. } = args;
    let seen = manifest.seen.map(|seen| {
        quote! {
            #[test]
            fn the_build_has_seen_these_files() {
                #krate::run::seen(env!("CARGO_MANIFEST_DIR"), #seen);
            }
        }
    });
    if manifest.cases.is_empty() && manifest.checkpoints.is_empty() {
        return seen.unwrap_or_default();
    }
    let cases: Vec<&Case> = manifest.cases.iter().collect();
    let models = groups(&cases, |case| &case.module);
    let models = models.iter().map(|cases| model(args, manifest, cases));
    let checkpoints = checkpoints(krate, &manifest.checkpoints);
    quote! {
        #[doc(hidden)]
        type __Quantizer = #quantizer;
        #[doc(hidden)]
        const __ACCEPT: #krate::run::Accept = #krate::assert_golden!();
        #seen
        #(#models)*
        #checkpoints
    }
}

fn model(args: &Args, manifest: &Manifest, cases: &[&Case]) -> TokenStream {
    let krate = &args.krate;
    let Case {
        module,
        model: name,
        kind,
        ..
    } = cases[0];
    let kind = match kind.as_str() {
        "config" => quote! { QConf },
        "tflite" => quote! { TFLite },
        "onnx" => quote! { Onnx },
        _ => quote! { Test },
    };
    let (module, above) = (format_ident!("{module}"), quote! { super });
    let granularities = groups(cases, |case| &case.granularity);
    let granularities = granularities.iter().map(|cases| {
        let word = format_ident!("{}", cases[0].granularity);
        let types = groups(cases, |case| &case.dtype);
        let types = types.iter().map(|cases| dtype(args, manifest, cases));
        quote! { mod #word { #(#types)* } }
    });
    quote! {
        mod #module {
            struct Model;
            impl #krate::markers::ModelMarker for Model {
                const ROOT: &'static str = env!("CARGO_MANIFEST_DIR");
                const NAME: &'static str = #name;
                const KIND: #krate::markers::RowKind = #krate::markers::RowKind::#kind;
                type Words = #above::__Words;
            }
            #(#granularities)*
        }
    }
}

fn dtype(args: &Args, manifest: &Manifest, cases: &[&Case]) -> TokenStream {
    let krate = &args.krate;
    let word = format_ident!("{}", cases[0].dtype);
    let tests = cases.iter().map(|case| {
        let attributes = case.attributes.as_ref();
        let text = attributes.map(|attributes| &attributes.text);
        test(&case.stage, attributes, &|up| {
            let root = quote! { super::super::super::#up };
            let [granularity, dtype, stage] = paths(args, manifest, case, &root);
            let types = quote! { <#root __Quantizer, super::super::#up Model, #granularity, #dtype, #stage> };
            match text {
                None => quote! { #krate::run::case::#types(#root __ACCEPT); },
                Some(text) => quote! { #krate::run::case_with::#types(#root __ACCEPT, #text); },
            }
        })
    });
    quote! { mod #word { #(#tests)* } }
}

/// The cases by key, keys in the order in which they first come: a list may name a model in several places.
fn groups<'a>(cases: &[&'a Case], key: impl Fn(&'a Case) -> &'a str) -> Vec<Vec<&'a Case>> {
    let mut groups: Vec<Vec<&Case>> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for case in cases {
        let place = *places.entry(key(case)).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(case),
            None => groups.push(vec![case]),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(module: &str, model: &str, dtype: &str, stage: &str) -> Case {
        Case {
            module: module.into(),
            model: model.into(),
            kind: "test".into(),
            granularity: "channel".into(),
            dtype: dtype.into(),
            stage: stage.into(),
            attributes: None,
        }
    }

    #[test]
    fn tests_have_their_documented_names() {
        let cases = vec![
            case("add_0", "Add-0", "uint8", "record_minmax"),
            case("mod_", "Mod", "uint8", "quantization"),
            case("add_0", "Add-0", "int16", "quantization"),
        ];
        let text = value_tests(
            TokenStream::new(),
            Ok(Manifest {
                cases,
                seen: Some(7),
                ..Manifest::default()
            }),
            Form::Functions,
        )
        .to_string();
        for part in [
            "mod add_0 { struct Model",
            "mod channel { mod uint8 { # [test] fn record_minmax ()",
            "markers :: Uint8 , :: quant_testgen :: markers :: RecordMinmax > (",
            "mod mod_ {",
            "mod int16 { # [test] fn quantization ()",
            "fn the_build_has_seen_these_files",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
        assert_eq!(text.matches("mod add_0 ").count(), 1, "{text}");
    }

    #[test]
    fn all_errors_come_at_once_and_are_capped() {
        let errors = (0..MAX_ERRORS + 2).map(|n| format!("error {n}")).collect();
        let text = value_tests(
            TokenStream::new(),
            Ok(Manifest {
                errors,
                ..Manifest::default()
            }),
            Form::Functions,
        )
        .to_string();
        assert_eq!(text.matches("compile_error").count(), 1);
        assert_eq!(text.matches("error 1").count(), 11, "{text}");
        let (head, more) = (format!("{} errors in the list", MAX_ERRORS + 2), "and 2 more");
        assert!(text.contains(&head) && text.contains(more), "{text}");
    }

    #[test]
    fn arguments_are_checked() {
        for (input, wanted) in [
            (quote!(quantiser = A), "`quantiser` is no argument"),
            (quote!(quantizer = A, quantizer = B), "stands here twice"),
            (quote!(crate = a quantizer = B), "expected `,`"),
        ] {
            let text = value_tests(input, Ok(Manifest::default()), Form::Functions).to_string();
            assert!(text.contains(wanted), "{text}");
        }
        let text = quote!(crate = tg, quantizer = m::Q<A>);
        let manifest = Manifest {
            cases: vec![case("a", "A", "uint8", "quantization")],
            ..Manifest::default()
        };
        let text = value_tests(text, Ok(manifest), Form::Functions).to_string();
        assert!(
            text.contains("type __Quantizer = m :: Q < A >") && text.contains("tg :: run :: Accept"),
            "{text}"
        );
    }
}
