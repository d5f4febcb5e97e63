//! What fuzzers found, each file with the name of what was wrong. All of them also run with their target's corpus; here
//! each is a test of its own.

macro_rules! finds {
    ($($target:ident: $($name:ident)*;)*) => {
        $(mod $target {
            $(
                #[test]
                fn $name() {
                    let _alone = crate::measure::alone();
                    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hostile/", stringify!($target), "/", stringify!($name));
                    quant_hostile::targets::run(stringify!($target), &std::fs::read(file).unwrap());
                }
            )*
        })*
    };
}

finds! {
    // An index into an empty shape.
    pipeline: transpose_conv_of_a_scalar_image;
    // Nothing verifies the value of a union of an unknown kind, or of none: its offset was followed all the same.
    import_circle: options_of_an_unknown_kind options_of_no_kind;
    import_tflite: options_of_an_unknown_kind;
    round_trip: union_of_another_kind;
    // A type's name was written without escapes.
    golden_json: a_type_with_escapes;
    // Found by reading, before a fuzzer could: the parser of the header goes into each list, and makes room for the
    // length that the file claims; the product of the dimensions overflows.
    data: npy_header_nested_20000_deep npy_header_nested_behind_a_line npy_header_claims_4_gigabytes
        npy_of_2_to_the_62_records;
    // `2: 2` stood for the message `library`, and no reader took what was written of it.
    amct_graph: a_field_that_is_known_by_its_number;
}
