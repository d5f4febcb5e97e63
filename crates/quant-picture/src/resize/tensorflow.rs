//! TensorFlow's `ResizeBilinear` in floats, `align_corners` false: four pixels, whatever the sizes are
//! (`core/kernels/image/resize_bilinear_op.cc`, whose order of operations this keeps).

use crate::picture::Picture;

/// Where a pixel of the result lies between two of the picture.
struct Between {
    lower: usize,
    upper: usize,
    lerp: f32,
}

fn places(from: usize, to: usize, half_pixel: bool) -> Vec<Between> {
    let scale = from as f32 / to as f32;
    let place = |at: usize| {
        let at = at as f32;
        let place = if half_pixel {
            (at + 0.5) * scale - 0.5
        } else {
            at * scale
        };
        let floor = place.floor();
        Between {
            lower: floor.max(0.0) as usize,
            upper: (place.ceil().max(0.0) as usize).min(from - 1),
            lerp: place - floor,
        }
    };
    (0..to).map(place).collect()
}

/// The picture in another size.
pub fn bilinear(picture: &Picture<f32>, width: usize, height: usize, half_pixel: bool) -> Picture<f32> {
    let channels = picture.channels;
    let columns = places(picture.width, width, half_pixel);
    let length = picture.width * channels;
    let mut data = Vec::with_capacity(width * height * channels);
    for row in places(picture.height, height, half_pixel) {
        let (above, below) = (
            &picture.data[row.lower.min(picture.height - 1) * length..],
            &picture.data[row.upper * length..],
        );
        for column in &columns {
            let left = column.lower.min(picture.width - 1) * channels;
            let right = column.upper * channels;
            for channel in 0..channels {
                let (left, right) = (left + channel, right + channel);
                let top = above[left] + (above[right] - above[left]) * column.lerp;
                let bottom = below[left] + (below[right] - below[left]) * column.lerp;
                data.push(top + (bottom - top) * row.lerp);
            }
        }
    }
    Picture {
        width,
        height,
        channels,
        data,
    }
}
