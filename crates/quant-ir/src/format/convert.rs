//! Parts that read and write share: bytes beyond the FlatBuffer, quantization details.
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use quant_schema as schema;

use crate::error::{Error, Place, Problem, Result};
use crate::{DType, FileFormat, QuantDetails};

/// TFLite's code of UINT4, which came after Circle had given it one.
const TFLITE_UINT4: i8 = 20;
/// TFLite's code of INT2, which Circle does not have.
const TFLITE_INT2: i8 = 19;

/// Whether a union is of a kind that the schema names and has a value of that kind. The verifier looks only at values of
/// kinds that it knows: at others, NONE among them, nobody may look.
pub fn union_is_sound<T>(kind: u8, name: Option<&str>, value: impl FnOnce() -> Option<T>) -> bool {
    name.is_some() && (kind == 0 || value().is_some())
}

/// An index of the file. On a machine that cannot count to it, it names nothing.
pub fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// The element type of a code.
pub fn dtype_from(code: i8, format: FileFormat) -> Option<DType> {
    match (code, format) {
        (TFLITE_UINT4, FileFormat::Tflite) => Some(DType::Uint4),
        (TFLITE_INT2, FileFormat::Circle) => None,
        _ => DType::from_code(code),
    }
}

/// The code of an element type; `None` for one that the format does not have.
pub fn dtype_to(dtype: DType, format: FileFormat) -> Option<i8> {
    match (dtype, format) {
        (DType::Uint4, FileFormat::Tflite) => Some(TFLITE_UINT4),
        (DType::Int2, FileFormat::Circle) => None,
        (_, FileFormat::Tflite) if dtype.is_circle_only() => None,
        _ => Some(dtype.code()),
    }
}

/// Bytes that stand beyond the FlatBuffer; `None` when offset and size say that there are none (0 and 1 are
/// placeholders of converters).
pub fn external(offset: u64, size: u64, file: &[u8]) -> Result<Option<&[u8]>> {
    if offset <= 1 {
        return Ok(None);
    }
    let range = usize::try_from(offset).ok().zip(usize::try_from(size).ok());
    let bytes = range.and_then(|(start, size)| file.get(start..start.checked_add(size)?));
    bytes.map(Some).ok_or_else(|| {
        Error::new(
            "",
            Problem::Malformed(format!(
                "its {size} bytes at {offset} lie outside the file of {} bytes",
                file.len()
            )),
            "the file may be cut short: copy it again",
        )
    })
}

/// Union member 2 is MX in Circle and blockwise in TFLite; the schema reads both as three integers.
pub fn details_from(details: schema::QuantizationDetailsT, format: FileFormat) -> Option<QuantDetails> {
    use schema::QuantizationDetailsT as D;
    Some(match details {
        D::CustomQuantization(custom) => QuantDetails::Custom(custom.custom.unwrap_or_default()),
        D::MXQuantization(mx) if format == FileFormat::Tflite => QuantDetails::Blockwise {
            scales: mx.axis,
            zero_points: mx.tflite_zero_points,
            block_size: mx.tflite_block_size,
        },
        D::MXQuantization(mx) => QuantDetails::Mx { axis: mx.axis },
        D::BlockwiseQuantization(block) => QuantDetails::Blockwise {
            scales: block.scales,
            zero_points: block.zero_points,
            block_size: block.block_size,
        },
        // NONE; the import refuses kinds that the schema does not name.
        _ => return None,
    })
}

/// The other way.
///
/// # Errors
/// TFLite has no MX.
pub fn details_to(
    details: Option<&QuantDetails>,
    format: FileFormat,
    tensor: &str,
) -> Result<schema::QuantizationDetailsT> {
    use schema::QuantizationDetailsT as D;
    Ok(match details {
        None => D::NONE,
        Some(QuantDetails::Custom(bytes)) => {
            let mut custom = schema::CustomQuantizationT::default();
            custom.custom = Some(bytes.clone());
            D::CustomQuantization(Box::new(custom))
        }
        Some(QuantDetails::Mx { axis }) => {
            if format == FileFormat::Tflite {
                return Err(Error::new(
                    Place::tensor("tensor", tensor),
                    Problem::Format("TFLite has no microscaling (MX) quantization".into()),
                    "export to .circle",
                ));
            }
            let mut mx = schema::MXQuantizationT::default();
            mx.axis = *axis;
            D::MXQuantization(Box::new(mx))
        }
        Some(&QuantDetails::Blockwise {
            scales,
            zero_points,
            block_size,
        }) => {
            if format == FileFormat::Tflite {
                let mut mx = schema::MXQuantizationT::default();
                (mx.axis, mx.tflite_zero_points, mx.tflite_block_size) = (scales, zero_points, block_size);
                return Ok(D::MXQuantization(Box::new(mx)));
            }
            let mut block = schema::BlockwiseQuantizationT::default();
            (block.scales, block.zero_points, block.block_size) = (scales, zero_points, block_size);
            D::BlockwiseQuantization(Box::new(block))
        }
    })
}
