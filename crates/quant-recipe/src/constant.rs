//! Constants of a recipe as the bytes of a file.

use half::f16;
use quant_case::recipe::{Filler, Indices, SparseDim, Sparsity};
use quant_schema as schema;

use quant_ir::{DType, Opaque};

/// The elements as bytes of `dtype`.
pub(super) fn bytes(dtype: DType, filler: &Filler) -> Vec<u8> {
    match filler {
        Filler::Float(values) if dtype == DType::Float16 => values
            .iter()
            .flat_map(|x| f16::from_f32(*x).to_le_bytes())
            .collect(),
        Filler::Float(values) => values.iter().flat_map(|x| x.to_le_bytes()).collect(),
        Filler::Int(values) => dtype.encode(values),
        Filler::Text(texts) => strings(texts),
        // `build` has refused it.
        Filler::InFile => Vec::new(),
    }
}

/// TensorFlow Lite's strings: how many there are, where each begins and the last ends, and their bytes.
fn strings(texts: &[String]) -> Vec<u8> {
    let number = |number: usize| i32::try_from(number).unwrap_or(i32::MAX).to_le_bytes();
    let mut bytes = number(texts.len()).to_vec();
    let mut end = texts.len().saturating_add(2).saturating_mul(4);
    for text in texts {
        bytes.extend(number(end));
        end = end.saturating_add(text.len());
    }
    bytes.extend(number(end));
    texts.iter().for_each(|text| bytes.extend(text.as_bytes()));
    bytes
}

/// Sparse storage as the schema has it.
pub(super) fn sparsity(sparsity: &Sparsity) -> Opaque<schema::SparsityParametersT> {
    let mut object = schema::SparsityParametersT::default();
    object.traversal_order = Some(sparsity.traversal_order.clone());
    object.block_map = (!sparsity.block_map.is_empty()).then(|| sparsity.block_map.clone());
    object.dim_metadata = Some(sparsity.dims.iter().map(dimension).collect());
    Opaque::new(object)
}

fn dimension(dim: &SparseDim) -> schema::DimensionMetadataT {
    let mut object = schema::DimensionMetadataT::default();
    match dim {
        SparseDim::Dense(size) => object.dense_size = *size,
        SparseDim::Csr { segments, indices } => {
            object.format = schema::DimensionType::SPARSE_CSR;
            object.array_segments = list(segments);
            object.array_indices = list(indices);
        }
    }
    object
}

fn list(indices: &Indices) -> schema::SparseIndexVectorT {
    use schema::SparseIndexVectorT as V;
    match indices {
        Indices::None => V::NONE,
        Indices::Int32(values) => {
            let mut object = schema::Int32VectorT::default();
            object.values = Some(values.clone());
            V::Int32Vector(Box::new(object))
        }
        Indices::Uint16(values) => {
            let mut object = schema::Uint16VectorT::default();
            object.values = Some(values.clone());
            V::Uint16Vector(Box::new(object))
        }
        Indices::Uint8(values) => {
            let mut object = schema::Uint8VectorT::default();
            object.values = Some(values.clone());
            V::Uint8Vector(Box::new(object))
        }
    }
}
