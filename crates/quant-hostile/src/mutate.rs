//! Changes of a model's object tree: what a converter with a bug, or somebody who wants something, could write.
//! The tree is that of the file, so that indices that name nothing and lists that are absent can be said.

use quant_schema as schema;
use schema::{BuiltinOptionsT, ModelT, OperatorT, SubGraphT, TensorT};

use crate::choices::Choices;
use crate::seeds;

/// The tree of a file.
///
/// # Panics
/// The bytes are no model; only files of this crate's seeds come here.
pub fn tree(bytes: &[u8]) -> ModelT {
    match schema::root_as_model(bytes) {
        Ok(model) => model.unpack(),
        Err(error) => panic!("a seed is no FlatBuffer: {error}"),
    }
}

/// The file of a tree.
pub fn file(model: &ModelT) -> Vec<u8> {
    let mut builder = flatbuffers::FlatBufferBuilder::new();
    let root = model.pack(&mut builder);
    schema::finish_model_buffer(&mut builder, root);
    builder.finished_data().to_vec()
}

/// One change, as the choices say.
pub fn change(model: &mut ModelT, choices: &mut Choices<'_>) {
    let buffers = model.buffers.get_or_insert_default();
    match choices.below(16) {
        0 => {
            if let Some(buffer) = choices.one(buffers) {
                self::buffer(buffer, choices);
            }
        }
        1 => {
            buffers.pop();
        }
        2 => {
            let at = choices.below(buffers.len());
            let copy = buffers.get(at).cloned();
            buffers.extend(copy);
        }
        3 => {
            if let Some(code) = choices.one(model.operator_codes.get_or_insert_default()) {
                let number = choices.number();
                (code.builtin_code.0, code.deprecated_builtin_code) = (number, number.clamp(-128, 127) as i8);
                code.version = choices.number();
                code.custom_code = choices.flip().then(|| "Custom".to_owned());
            }
        }
        4 => {
            let graphs = model.subgraphs.get_or_insert_default();
            match choices.below(3) {
                0 => graphs.extend(graphs.first().cloned()),
                1 => graphs.truncate(choices.below(2)),
                _ => graphs.extend(seed(choices).subgraphs.unwrap_or_default()),
            }
        }
        _ => {
            if let Some(graph) = choices.one(model.subgraphs.get_or_insert_default()) {
                self::graph(graph, choices);
            }
        }
    }
}

fn seed(choices: &mut Choices<'_>) -> ModelT {
    let files = seeds::files();
    files
        .get(choices.below(files.len()))
        .map(|(_, bytes)| tree(bytes))
        .unwrap_or_default()
}

fn buffer(buffer: &mut schema::BufferT, choices: &mut Choices<'_>) {
    match choices.below(5) {
        0 => buffer.data = None,
        1 => {
            let data = buffer.data.get_or_insert_default();
            data.truncate(choices.below(data.len().saturating_add(1)));
        }
        2 => {
            let value = choices.float().to_le_bytes();
            let data = buffer.data.get_or_insert_default();
            let at = choices.below(data.len() / 4);
            if let Some(word) = data
                .get_mut(at.saturating_mul(4)..)
                .and_then(<[u8]>::first_chunk_mut)
            {
                *word = value;
            }
        }
        3 => {
            let value = choices.float().to_le_bytes();
            let words = buffer.data.get_or_insert_default().as_chunks_mut().0;
            words.fill(value);
        }
        _ => {
            buffer.offset = u64::from(choices.number().cast_unsigned());
            buffer.size = u64::from(choices.number().cast_unsigned());
        }
    }
}

fn graph(graph: &mut SubGraphT, choices: &mut Choices<'_>) {
    let (tensors, operators) = (
        graph.tensors.get_or_insert_default(),
        graph.operators.get_or_insert_default(),
    );
    match choices.below(12) {
        0 => index(graph.inputs.get_or_insert_default(), choices),
        1 => index(graph.outputs.get_or_insert_default(), choices),
        2 => {
            let (a, b) = (choices.below(operators.len()), choices.below(operators.len()));
            if a.max(b) < operators.len() {
                operators.swap(a, b);
            }
        }
        3 => {
            let at = choices.below(operators.len());
            let copy = operators.get(at).cloned();
            operators.extend(copy);
        }
        4 => {
            operators.pop();
        }
        5 => {
            tensors.pop();
        }
        6 | 7 => {
            if let Some(operator) = choices.one(operators) {
                self::operator(operator, choices);
            }
        }
        _ => {
            if let Some(tensor) = choices.one(tensors) {
                self::tensor(tensor, choices);
            }
        }
    }
}

/// Changes an index of a list, drops one, or adds one.
fn index(list: &mut Vec<i32>, choices: &mut Choices<'_>) {
    match choices.below(4) {
        0 => {
            list.pop();
        }
        1 => list.push(choices.number()),
        _ => {
            let number = choices.number();
            if let Some(entry) = choices.one(list) {
                *entry = number;
            }
        }
    }
}

fn operator(operator: &mut OperatorT, choices: &mut Choices<'_>) {
    match choices.below(8) {
        0 => index(operator.inputs.get_or_insert_default(), choices),
        1 => index(operator.outputs.get_or_insert_default(), choices),
        2 => operator.opcode_index = choices.number().cast_unsigned(),
        3 => operator.builtin_options = BuiltinOptionsT::NONE,
        4 => {
            let graph = seed(choices)
                .subgraphs
                .unwrap_or_default()
                .pop()
                .unwrap_or_default();
            if let Some(other) = choices.one(&mut graph.operators.unwrap_or_default()) {
                operator.builtin_options =
                    std::mem::replace(&mut other.builtin_options, BuiltinOptionsT::NONE);
            }
        }
        5 => operator.custom_options = Some(vec![choices.byte(); choices.below(64)]),
        _ => options(&mut operator.builtin_options, choices),
    }
}

/// Options that say sizes.
fn options(options: &mut BuiltinOptionsT, choices: &mut Choices<'_>) {
    use BuiltinOptionsT as O;
    let mut ints: Vec<&mut i32> = match options {
        O::Conv2DOptions(o) => vec![
            &mut o.stride_w,
            &mut o.stride_h,
            &mut o.dilation_w_factor,
            &mut o.dilation_h_factor,
        ],
        O::DepthwiseConv2DOptions(o) => vec![
            &mut o.stride_w,
            &mut o.stride_h,
            &mut o.dilation_w_factor,
            &mut o.dilation_h_factor,
            &mut o.depth_multiplier,
        ],
        O::Pool2DOptions(o) => vec![
            &mut o.stride_w,
            &mut o.stride_h,
            &mut o.filter_width,
            &mut o.filter_height,
        ],
        O::TransposeConvOptions(o) => vec![&mut o.stride_w, &mut o.stride_h],
        O::ConcatenationOptions(o) => vec![&mut o.axis],
        O::SpaceToDepthOptions(o) => vec![&mut o.block_size],
        O::DepthToSpaceOptions(o) => vec![&mut o.block_size],
        O::LocalResponseNormalizationOptions(o) => vec![&mut o.radius],
        O::GatherOptions(o) => vec![&mut o.axis, &mut o.batch_dims],
        O::SplitOptions(o) => vec![&mut o.num_splits],
        O::PackOptions(o) => vec![&mut o.axis, &mut o.values_count],
        O::UnpackOptions(o) => vec![&mut o.axis, &mut o.num],
        O::OneHotOptions(o) => vec![&mut o.axis],
        O::ReverseSequenceOptions(o) => vec![&mut o.seq_dim, &mut o.batch_dim],
        O::StridedSliceOptions(o) => vec![
            &mut o.begin_mask,
            &mut o.end_mask,
            &mut o.ellipsis_mask,
            &mut o.new_axis_mask,
            &mut o.shrink_axis_mask,
        ],
        O::IfOptions(o) => vec![&mut o.then_subgraph_index, &mut o.else_subgraph_index],
        O::WhileOptions(o) => vec![&mut o.cond_subgraph_index, &mut o.body_subgraph_index],
        O::ReshapeOptions(o) => return index(o.new_shape.get_or_insert_default(), choices),
        O::SqueezeOptions(o) => return index(o.squeeze_dims.get_or_insert_default(), choices),
        _ => Vec::new(),
    };
    let number = choices.number();
    if let Some(field) = choices.one(&mut ints) {
        **field = number;
    }
}

fn tensor(tensor: &mut TensorT, choices: &mut Choices<'_>) {
    match choices.below(14) {
        0 | 1 => index(tensor.shape.get_or_insert_default(), choices),
        2 => tensor.type_.0 = choices.byte().cast_signed(),
        3 => tensor.buffer = choices.number().cast_unsigned(),
        4 => {
            tensor.name = match choices.below(6) {
                0 => None,
                1 => Some(String::new()),
                2 => Some("../../x".to_owned()),
                3 => Some("a\0b".to_owned()),
                4 => Some("x".repeat(10_000)),
                _ => Some("ofm".to_owned()),
            }
        }
        5 => tensor.is_variable = choices.flip(),
        6 => tensor.has_rank = choices.flip(),
        7 => {
            let shape = tensor.shape.clone().unwrap_or_default();
            tensor.shape_signature = Some(shape);
            index(tensor.shape_signature.get_or_insert_default(), choices);
        }
        8 => {
            let mut list = schema::Int32VectorT::default();
            list.values = Some(vec![choices.number(), choices.number()]);
            let segments = schema::SparseIndexVectorT::Int32Vector(Box::new(list));
            let mut dim = schema::DimensionMetadataT::default();
            dim.format.0 = choices.byte().cast_signed() & 1;
            dim.dense_size = choices.number();
            dim.array_indices = segments.clone();
            dim.array_segments = segments;
            let rank = choices.below(6);
            let mut sparsity = schema::SparsityParametersT::default();
            sparsity.traversal_order = Some((0i32..).take(rank).collect());
            sparsity.dim_metadata = Some(vec![dim; rank]);
            sparsity.block_map = choices.flip().then(|| vec![choices.number()]);
            tensor.sparsity = Some(Box::new(sparsity));
        }
        9 => tensor.compression_type.0 = choices.byte().cast_signed(),
        _ => quantization(tensor.quantization.get_or_insert_default(), choices),
    }
}

fn quantization(quant: &mut schema::QuantizationParametersT, choices: &mut Choices<'_>) {
    match choices.below(7) {
        0 => quant.quantized_dimension = choices.number(),
        1 => quant
            .zero_point
            .get_or_insert_default()
            .push(i64::from(choices.number())),
        2 => quant.scale = None,
        3 => {
            let mut block = schema::BlockwiseQuantizationT::default();
            (block.scales, block.zero_points, block.block_size) =
                (choices.number(), choices.number(), choices.number());
            quant.details = schema::QuantizationDetailsT::BlockwiseQuantization(Box::new(block));
        }
        at => {
            let list = match at {
                4 => &mut quant.min,
                5 => &mut quant.max,
                _ => &mut quant.scale,
            };
            let list = list.get_or_insert_default();
            let value = choices.float();
            if choices.flip() {
                list.push(value);
            } else {
                list.fill(value);
            }
        }
    }
}
