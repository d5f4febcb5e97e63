//! NumPy's `.npy` as the values of one graph input, in the text that records are made of.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use quant_types::npy;

/// An array in C order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Array {
    /// Dimensions.
    pub shape: Vec<usize>,
    /// Elements, row-major, with commas between; floats as the shortest decimals that read back equal.
    pub text: String,
}

/// Reads an array.
///
/// # Errors
/// It is no `.npy`, of a type that no record has, in another order, or cut short; with the way out.
pub fn read(bytes: &[u8]) -> Result<Array, String> {
    let no_npy = |error: std::io::Error| format!("this is no .npy file ({error}); write it with numpy.save");
    let header = npy::header(bytes).map_err(no_npy)?;
    if header.fortran_order {
        return Err("the array is in column-major order; save numpy.ascontiguousarray(array)".to_owned());
    }
    let (shape, descr) = (header.shape, header.descr.trim_matches(['\'', '"']));
    let start = usize::try_from(header.start).unwrap_or(usize::MAX);
    let elements = bytes.get(start..).unwrap_or_default();
    let count = shape
        .iter()
        .try_fold(1usize, |count, dim| count.checked_mul(*dim));
    let text = text(descr, elements).ok_or_else(|| {
        format!(
            "elements of type `{descr}` are no record; convert the array with astype, to float32 for instance"
        )
    })?;
    let (text, found) = text;
    if found.is_none() || found != count {
        let bytes = elements.len();
        return Err(format!(
            "{bytes} bytes are not the elements of shape {shape:?}; the file is cut short, save it again"
        ));
    }
    Ok(Array { shape, text })
}

/// The elements of a type as text, and how many there are, unless the last is cut; `None` for a type that no record
/// has.
fn text(descr: &str, bytes: &[u8]) -> Option<(String, Option<usize>)> {
    Some(match descr {
        "<f4" => all(bytes, f32::from_le_bytes),
        // As Python's own conversion: the nearest float.
        "<f8" => all(bytes, |bytes| nearest(f64::from_le_bytes(bytes))),
        "|b1" | "|u1" => all(bytes, u8::from_le_bytes),
        "|i1" => all(bytes, i8::from_le_bytes),
        "<i2" => all(bytes, i16::from_le_bytes),
        "<u2" => all(bytes, u16::from_le_bytes),
        "<i4" => all(bytes, i32::from_le_bytes),
        "<u4" => all(bytes, u32::from_le_bytes),
        "<i8" => all(bytes, i64::from_le_bytes),
        _ => return None,
    })
}

#[allow(clippy::as_conversions)] // rounding to the nearest is what is wanted
fn nearest(x: f64) -> f32 {
    x as f32
}

fn all<const N: usize, T: std::fmt::Display>(
    bytes: &[u8],
    value: fn([u8; N]) -> T,
) -> (String, Option<usize>) {
    let (elements, rest) = bytes.as_chunks::<N>();
    let mut text = String::new();
    for element in elements {
        if !text.is_empty() {
            text.push(',');
        }
        text += &value(*element).to_string();
    }
    (text, rest.is_empty().then_some(elements.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(descr: &str, order: &str, shape: &str, elements: &[u8]) -> Vec<u8> {
        let header = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}\n");
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
        bytes.extend(header.bytes());
        bytes.extend(elements);
        bytes
    }

    #[test]
    fn values_are_those_of_the_file() {
        let floats: Vec<u8> = [0.1f32, -2.0, 1e-8]
            .iter()
            .flat_map(|x| x.to_le_bytes())
            .collect();
        let array = read(&file("<f4", "False", "(1, 3)", &floats)).unwrap();
        assert_eq!(
            (array.shape, array.text.as_str()),
            (vec![1, 3], "0.1,-2,0.00000001")
        );
        let scalar = read(&file("<i8", "False", "()", &(-5i64).to_le_bytes())).unwrap();
        assert_eq!((scalar.shape.len(), scalar.text.as_str()), (0, "-5"));
    }

    #[test]
    fn what_is_no_record_is_told() {
        for (bytes, wanted) in [
            (
                b"1,2,3".to_vec(),
                "this is no .npy file (it does not begin with \\x93NUMPY); ",
            ),
            (
                file("<f4", "True", "(1,)", &[0; 4]),
                "the array is in column-major order; ",
            ),
            (
                file(">f4", "False", "(1,)", &[0; 4]),
                "elements of type `>f4` are no record; ",
            ),
            (
                file("<f4", "False", "1", &[0; 4]),
                "this is no .npy file (it is no dictionary of the keys",
            ),
            (
                file("<f4", "False", "(2,)", &[0; 7]),
                "7 bytes are not the elements of shape [2]; ",
            ),
            (
                file("<f4", "False", "(2, 3)", &[0; 8]),
                "8 bytes are not the elements of shape [2, 3]; ",
            ),
        ] {
            let error = read(&bytes).unwrap_err();
            assert!(error.starts_with(wanted), "{error}");
        }
    }
}
