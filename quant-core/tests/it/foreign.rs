//! What a file says beside what this schema reads: carried, or refused by name.

use flatbuffers::{FlatBufferBuilder, WIPOffset};
use quant_core::format::{export, import};
use quant_core::ir::{DType, FileFormat, Model};
use quant_core::{ErrorKind, Problem};
use quant_schema as schema;

/// A table that a test writes slot by slot.
type Slots<'f> = dyn Fn(&mut FlatBufferBuilder<'_>) + 'f;

/// A file of one tensor `w`; the closures add slots to the tensor and to the model.
fn file(
    identifier: &str,
    tensor: &Slots<'_>,
    model: &dyn Fn(&mut schema::ModelT),
    more: &Slots<'_>,
) -> Vec<u8> {
    let mut fbb = FlatBufferBuilder::new();
    let name = fbb.create_string("w");
    let table = fbb.start_table();
    fbb.push_slot_always(schema::Tensor::VT_NAME, name);
    tensor(&mut fbb);
    let tensor = WIPOffset::<schema::Tensor<'_>>::new(fbb.end_table(table).value());
    let tensors = fbb.create_vector(&[tensor]);
    let table = fbb.start_table();
    fbb.push_slot_always(schema::SubGraph::VT_TENSORS, tensors);
    let graph = WIPOffset::<schema::SubGraph<'_>>::new(fbb.end_table(table).value());
    let graphs = fbb.create_vector(&[graph]);
    let mut lists = schema::ModelT::default();
    model(&mut lists);
    let buffers = lists.external_buffers.as_ref().map(|list| {
        let list: Vec<_> = list.iter().map(|buffer| buffer.pack(&mut fbb)).collect();
        fbb.create_vector(&list)
    });
    let groups = lists.external_buffer_groups.as_ref().map(|list| {
        let list: Vec<_> = list.iter().map(|group| group.pack(&mut fbb)).collect();
        fbb.create_vector(&list)
    });
    let table = fbb.start_table();
    fbb.push_slot_always(schema::Model::VT_SUBGRAPHS, graphs);
    if let Some(buffers) = buffers {
        fbb.push_slot_always(schema::Model::VT_EXTERNAL_BUFFERS, buffers);
    }
    if let Some(groups) = groups {
        fbb.push_slot_always(schema::Model::VT_EXTERNAL_BUFFER_GROUPS, groups);
    }
    more(&mut fbb);
    let root = WIPOffset::<schema::Model<'_>>::new(fbb.end_table(table).value());
    fbb.finish(root, Some(identifier));
    fbb.finished_data().to_vec()
}

fn external(lists: &mut schema::ModelT) {
    let mut group = schema::ExternalBufferGroupT::default();
    group.name = Some("weights.bin".to_owned());
    let mut buffer = schema::ExternalBufferT::default();
    (buffer.id, buffer.length) = (300, 48);
    lists.external_buffer_groups = Some(vec![schema::ExternalBufferGroupT::default(), group]);
    lists.external_buffers = Some(vec![buffer.clone(), schema::ExternalBufferT::default()]);
    let list = lists.external_buffers.as_mut().unwrap();
    list[0].group = 1;
}

#[track_caller]
fn refused(bytes: &[u8], parts: &[&str]) {
    let error = import(bytes).unwrap_err();
    assert!(matches!(error.problem(), Problem::Foreign(_)), "{error}");
    for part in parts {
        assert!(error.to_string().contains(part), "`{part}` is not in: {error}");
    }
}

const NOTHING: &Slots<'static> = &|_| {};

#[test]
fn constants_in_other_files_are_refused_by_name() {
    let slot: &Slots<'_> = &|fbb| fbb.push_slot_always(schema::Tensor::VT_COMPRESSION_TYPE, 300u32);
    let named = ["subgraph 0: tensor `w`", "`weights.bin`", "external buffers"];
    refused(&file("TFL3", slot, &external, NOTHING), &named);
    refused(
        &file("TFL3", slot, &|_| {}, NOTHING),
        &["tensor `w`", "another file"],
    );
    for format in ["TFL3", "CIR0"] {
        refused(
            &file(format, NOTHING, &external, NOTHING),
            &["file: ", "external buffers"],
        );
        let empty = |lists: &mut schema::ModelT| {
            lists.external_buffer_groups = Some(Vec::new());
            lists.external_buffers = Some(Vec::new());
        };
        assert!(import(&file(format, NOTHING, &empty, NOTHING)).is_ok());
    }
}

#[test]
fn a_slot_with_two_meanings_has_that_of_the_file_s_format() {
    // Circle's compression is a byte, and 0 is what TFLite has without external buffers.
    let one: &Slots<'_> = &|fbb| fbb.push_slot_always(schema::Tensor::VT_COMPRESSION_TYPE, 1i8);
    let model = import(&file("CIR0", one, &|_| {}, NOTHING)).unwrap();
    assert_eq!(model.main().tensors()[0].compression, 1);
    let error = export(&model, FileFormat::Tflite).unwrap_err();
    assert!(matches!(error.problem(), Problem::Format(_)), "{error}");
    let zero: &Slots<'_> = &|fbb| fbb.push_slot_always(schema::Tensor::VT_COMPRESSION_TYPE, 0u32);
    assert!(import(&file("TFL3", zero, &|_| {}, NOTHING)).is_ok());

    // Three integers that are blocks in Circle are several axes in TFLite.
    for (format, sound) in [("CIR0", true), ("TFL3", false)] {
        let bytes = file(format, NOTHING, &|_| {}, NOTHING);
        let mut model = schema::root_as_model(&bytes).unwrap().unpack();
        let tensor = &mut model.subgraphs.as_mut().unwrap()[0].tensors.as_mut().unwrap()[0];
        let mut quant = schema::QuantizationParametersT::default();
        let details = Box::<schema::BlockwiseQuantizationT>::default();
        quant.details = schema::QuantizationDetailsT::BlockwiseQuantization(details);
        tensor.quantization = Some(Box::new(quant));
        let mut fbb = FlatBufferBuilder::new();
        let root = model.pack(&mut fbb);
        fbb.finish(root, Some(format));
        match import(fbb.finished_data()) {
            Ok(_) => assert!(sound),
            Err(error) => {
                assert!(!sound, "{error}");
                assert!(matches!(error.problem(), Problem::Foreign(_)), "{error}");
            }
        }
    }
}

#[test]
fn fields_that_came_later_are_refused() {
    let slot = |slots: flatbuffers::VOffsetT| {
        move |fbb: &mut FlatBufferBuilder<'_>| fbb.push_slot_always(4 + 2 * slots, 7u32)
    };
    for format in ["TFL3", "CIR0"] {
        let newer = file(format, &slot(11), &|_| {}, NOTHING);
        refused(
            &newer,
            &["subgraph 0: tensor 0: `w`", "field 11 of its table Tensor"],
        );
        let newer = file(format, NOTHING, &|_| {}, &slot(12));
        refused(&newer, &["file: field 12 of its table Model"]);
    }
    // Options, which come from a table that names them.
    let mut model = schema::ModelT::default();
    let mut graph = schema::SubGraphT::default();
    let mut operator = schema::OperatorT::default();
    let options = schema::FullyConnectedOptionsT::default();
    operator.builtin_options = schema::BuiltinOptionsT::FullyConnectedOptions(Box::new(options));
    graph.operators = Some(vec![operator]);
    model.operator_codes = Some(vec![schema::OperatorCodeT::default()]);
    model.subgraphs = Some(vec![graph]);
    let mut fbb = FlatBufferBuilder::new();
    let root = model.pack(&mut fbb);
    fbb.finish(root, Some("TFL3"));
    assert!(import(fbb.finished_data()).is_ok());
    // The same table, read as one of fewer slots: Conv2D's six fields as FullyConnected's five.
    let mut conv = schema::Conv2DOptionsT::default();
    (conv.dilation_w_factor, conv.quantized_bias_type) = (2, schema::TensorType::INT32);
    let operator = &mut model.subgraphs.as_mut().unwrap()[0].operators.as_mut().unwrap()[0];
    operator.builtin_options = schema::BuiltinOptionsT::Conv2DOptions(Box::new(conv));
    let mut fbb = FlatBufferBuilder::new();
    let root = model.pack(&mut fbb);
    fbb.finish(root, Some("TFL3"));
    let bytes = fbb.finished_data();
    let kinds: Vec<usize> = (0..bytes.len())
        .filter(|at| bytes[*at] == schema::BuiltinOptions::Conv2DOptions.0)
        .collect();
    let renamed = kinds.iter().find_map(|at| {
        let mut bytes = bytes.to_vec();
        bytes[*at] = schema::BuiltinOptions::FullyConnectedOptions.0;
        import(&bytes)
            .err()
            .filter(|error| error.to_string().contains("FullyConnectedOptions"))
    });
    let error = renamed.expect("no byte is the kind of the options");
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
}

/// A table of these fields, and the field `newer` that came after the schema.
fn table(
    fbb: &mut FlatBufferBuilder<'_>,
    fields: &[(flatbuffers::VOffsetT, u32)],
    newer: Option<flatbuffers::VOffsetT>,
) -> u32 {
    let start = fbb.start_table();
    for (field, offset) in fields {
        fbb.push_slot_always(*field, WIPOffset::<flatbuffers::UnionWIPOffset>::new(*offset));
    }
    if let Some(newer) = newer {
        fbb.push_slot_always(4 + 2 * newer, 7u32);
    }
    fbb.end_table(start).value()
}

/// A list of one table.
fn list(fbb: &mut FlatBufferBuilder<'_>, table: u32) -> u32 {
    fbb.create_vector(&[WIPOffset::<flatbuffers::UnionWIPOffset>::new(table)])
        .value()
}

#[test]
fn fields_that_came_later_are_refused_in_tables_that_are_carried() {
    let file = |foreign: &str| {
        let mut fbb = FlatBufferBuilder::new();
        let fbb = &mut fbb;
        let newer = |name: &str, slots| (foreign == name).then_some(slots);
        let vector = table(fbb, &[], newer("Int32Vector", 1));
        let start = fbb.start_table();
        fbb.push_slot_always(schema::DimensionMetadata::VT_ARRAY_SEGMENTS_TYPE, 1u8);
        let vector = WIPOffset::<flatbuffers::UnionWIPOffset>::new(vector);
        fbb.push_slot_always(schema::DimensionMetadata::VT_ARRAY_SEGMENTS, vector);
        if foreign == "DimensionMetadata" {
            fbb.push_slot_always(4 + 2 * 6, 7u32);
        }
        let dimension = fbb.end_table(start).value();
        let dimensions = list(fbb, dimension);
        let fields = [(schema::SparsityParameters::VT_DIM_METADATA, dimensions)];
        let sparsity = table(fbb, &fields, newer("SparsityParameters", 3));
        let variant = table(fbb, &[], newer("VariantSubType", 3));
        let variants = list(fbb, variant);
        let name = fbb.create_string("w").value();
        let tensor = table(
            fbb,
            &[
                (schema::Tensor::VT_NAME, name),
                (schema::Tensor::VT_SPARSITY, sparsity),
                (schema::Tensor::VT_VARIANT_TENSORS, variants),
            ],
            None,
        );
        let tensors = list(fbb, tensor);
        let graph = table(fbb, &[(schema::SubGraph::VT_TENSORS, tensors)], None);
        let graphs = list(fbb, graph);
        let map = table(fbb, &[], newer("TensorMap", 2));
        let maps = list(fbb, map);
        let signature = table(fbb, &[(schema::SignatureDef::VT_OUTPUTS, maps)], None);
        let signatures = list(fbb, signature);
        let fields = [
            (schema::Model::VT_SUBGRAPHS, graphs),
            (schema::Model::VT_SIGNATURE_DEFS, signatures),
        ];
        let root = table(fbb, &fields, None);
        fbb.finish(WIPOffset::<schema::Model<'_>>::new(root), Some("TFL3"));
        fbb.finished_data().to_vec()
    };
    assert_eq!(import(&file("none")).map(|_| ()), Ok(()));
    refused(&file("TensorMap"), &["file: field 2 of its table TensorMap"]);
    for (name, slots) in [
        ("SparsityParameters", 3),
        ("DimensionMetadata", 6),
        ("Int32Vector", 1),
        ("VariantSubType", 3),
    ] {
        let field = format!("field {slots} of its table {name}");
        refused(&file(name), &["subgraph 0: tensor 0: `w`", &field]);
    }
}

#[test]
fn four_bits_without_sign_have_a_code_in_each_format() {
    for (format, code) in [("CIR0", -1), ("TFL3", 20i8)] {
        let slot: &Slots<'_> = &|fbb| fbb.push_slot_always(schema::Tensor::VT_TYPE_, code);
        let model = import(&file(format, slot, &|_| {}, NOTHING)).unwrap();
        assert_eq!(model.main().tensors()[0].dtype, DType::Uint4);
        for (to, code) in [(FileFormat::Circle, -1), (FileFormat::Tflite, 20)] {
            let written = export(&model, to).unwrap();
            let tree = schema::root_as_model(&written).unwrap().unpack();
            assert_eq!(
                tree.subgraphs.unwrap()[0].tensors.as_ref().unwrap()[0].type_.0,
                code
            );
            assert_eq!(import(&written).unwrap().graphs(), model.graphs());
        }
    }
}

/// Models whose tail is found although their last table, string or vector is anything.
#[test]
fn bytes_behind_a_model_are_carried() {
    let tail = b"no archive, but somebody's".to_vec();
    for format in [FileFormat::Circle, FileFormat::Tflite] {
        for (buffers, external) in [(0, false), (1, false), (3, false), (3, true)] {
            let mut model = Model::new(format);
            model.description = Some("described".to_owned());
            for length in 0..buffers {
                let buffer = model.add_buffer(vec![length as u8; length * 1000]);
                model.set_external(buffer, external && length > 0);
            }
            let plain = export(&model, format).unwrap();
            assert_eq!(import(&plain).unwrap().appended, None);
            for zeros in [0, 1, 15, 16, 40] {
                let padded = [plain.clone(), vec![0; zeros]].concat();
                assert_eq!(import(&padded).unwrap(), model, "{zeros} zeros");
            }
            let read = import(&[plain.clone(), tail.clone()].concat()).unwrap();
            assert_eq!(read.appended.as_deref(), Some(&tail[..]), "{buffers} {external}");
            for to in [FileFormat::Circle, FileFormat::Tflite] {
                let written = export(&read, to).unwrap();
                assert!(written.ends_with(&tail));
                assert_eq!(import(&written).unwrap().appended, read.appended);
            }
        }
    }
}
