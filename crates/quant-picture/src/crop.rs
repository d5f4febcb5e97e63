//! Parts of a picture around its centre.

use crate::error::{Error, Result};
use crate::picture::Picture;

/// The central part as `tf.image.central_crop` cuts it: ⌊(size − size · fraction) / 2⌋ pixels go at each end, in f64.
///
/// # Errors
/// A fraction that is not in (0, 1].
pub fn central<T: Copy>(picture: &Picture<T>, fraction: f64) -> Result<Picture<T>> {
    if !(fraction > 0.0 && fraction <= 1.0) {
        return Err(Error::invalid(
            format!("a crop of {fraction}"),
            "give a fraction above 0, at most 1, as 0.875",
        ));
    }
    let start = |size: usize| {
        let size = size as f64;
        ((size - size * fraction) / 2.0) as usize
    };
    let (top, left) = (start(picture.height), start(picture.width));
    let (width, height) = (picture.width - 2 * left, picture.height - 2 * top);
    Ok(picture.part(left, top, width, height))
}

/// `width` × `height` pixels around the centre, as torchvision's `CenterCrop` cuts them from a picture that is no smaller:
/// half of the rest goes in front, and half a pixel to the even side.
///
/// # Errors
/// The picture is smaller.
pub fn center<T: Copy>(picture: &Picture<T>, width: usize, height: usize) -> Result<Picture<T>> {
    if picture.width < width || picture.height < height {
        let what = format!(
            "{}×{} pixels, of which {width}×{height} are to be cut",
            picture.width, picture.height
        );
        return Err(Error::invalid(
            what,
            "resize the short side to as many pixels or more",
        ));
    }
    let (left, top) = (
        half_even(picture.width - width),
        half_even(picture.height - height),
    );
    Ok(picture.part(left, top, width, height))
}

/// Half of it, as Python's `round` has it: of 3 it is 2, of 5 it is 2.
fn half_even(rest: usize) -> usize {
    let half = rest / 2;
    half + usize::from(rest % 2 == 1 && half % 2 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        let picture = |width, height| Picture::new(width, height, 1, vec![0_u8; width * height]).unwrap();
        let size = |p: &Picture| (p.width, p.height);
        // tf.image.central_crop(x, 0.875) of TensorFlow 2.15.
        for (from, to) in [((96, 64), (84, 56)), ((80, 70), (70, 62)), ((1, 7), (1, 7))] {
            assert_eq!(size(&central(&picture(from.0, from.1), 0.875).unwrap()), to);
        }
        let halves: Vec<usize> = (0..9).map(half_even).collect();
        // [int(round(n / 2)) for n in range(9)]
        assert_eq!(halves, [0, 0, 1, 2, 2, 2, 3, 4, 4]);
        assert_eq!(size(&center(&picture(9, 7), 4, 7).unwrap()), (4, 7));
        assert!(center(&picture(9, 7), 4, 8).is_err());
        for wrong in [0.0, -1.0, 1.5, f64::NAN] {
            assert!(central(&picture(2, 2), wrong).is_err());
        }
    }
}
