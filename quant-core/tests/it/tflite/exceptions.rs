//! What differs from the reference, each with its reason.

use super::cases::{Case, fits};
use super::difference::Difference;

/// Differences that are meant. One that no longer differs fails the test.
struct Exception {
    /// Pattern of the scheme's name (`*` stands for any text).
    scheme: &'static str,
    /// Pattern of the model's name.
    model: &'static str,
    /// Pattern of the place, as in `operator 3 SQRT input 0`; the model as a whole is empty.
    place: &'static str,
    /// Pattern of the key.
    key: &'static str,
    reason: &'static str,
}

const EXCEPTIONS: &[Exception] = &[
    Exception {
        scheme: "int*",
        model: "hand_custom_op",
        place: "",
        key: "error",
        reason: NO_KERNEL,
    },
    Exception {
        scheme: "int8_legacy",
        model: "autoencoder_ad01",
        place: "operator * FULLY_CONNECTED",
        key: "options",
        reason: OLD_CODE,
    },
    Exception {
        scheme: "int8_legacy",
        model: "blazeface_front",
        place: "operator * CONV_2D",
        key: "options",
        reason: OLD_CODE,
    },
    Exception {
        scheme: "int16x8",
        model: "autoencoder_ad01",
        place: "operator * FULLY_CONNECTED",
        key: "options",
        reason: OLD_CODE,
    },
    Exception {
        scheme: "int16x8",
        model: "blazeface_front",
        place: "operator * CONV_2D",
        key: "options",
        reason: OLD_CODE,
    },
    Exception {
        scheme: "int8*",
        model: "blazeface_front",
        place: "operator * RESHAPE inputs",
        key: "count",
        reason: SHAPE,
    },
    Exception {
        scheme: "aeq_*",
        model: "blazeface_front",
        place: "*",
        key: "*",
        reason: OLD_CODES,
    },
    Exception {
        scheme: "aeq_*",
        model: "autoencoder_ad01",
        place: "*",
        key: "*",
        reason: OLD_CODES,
    },
    Exception {
        scheme: "dynamic",
        model: "autoencoder_ad01",
        place: "*",
        key: "shape_signature",
        reason: ANEW,
    },
    Exception {
        scheme: "dynamic",
        model: "*",
        place: "graph *",
        key: "name",
        reason: ANEW,
    },
    Exception {
        scheme: "dynamic",
        model: "ds_cnn_kws",
        place: "operator 0 RESHAPE input 1*",
        key: "values",
        reason: ANEW,
    },
    Exception {
        scheme: "float16",
        model: "autoencoder_ad01",
        place: "*",
        key: "shape_signature",
        reason: ANEW,
    },
    Exception {
        scheme: "float16",
        model: "*",
        place: "graph *",
        key: "name",
        reason: ANEW,
    },
    Exception {
        scheme: "float16",
        model: "ds_cnn_kws",
        place: "operator 0 RESHAPE input 1*",
        key: "values",
        reason: ANEW,
    },
    Exception {
        scheme: "qat_int8*",
        model: "*",
        place: "operator * input 2 *",
        key: "scale",
        reason: F64,
    },
    Exception {
        scheme: "qat_int8_io_int8",
        model: "qat_residual",
        place: "graph output 0 `Softmax`",
        key: "name",
        reason: LOST,
    },
    Exception {
        scheme: "float16",
        model: "blazeface_front",
        place: "weights",
        key: "count",
        reason: EQUAL,
    },
];

const SHAPE: &str = "the float model has the new shape in the operator's options alone, where it stays; the original makes a \
                     constant of it";
const NO_KERNEL: &str =
    "the original runs the model first and has no kernel for the operator; quantization leaves it float";
const OLD_CODE: &str = "the file has the operators' codes in the older of two fields, and the original looks into the other \
                        one when it says the type of biases";
const OLD_CODES: &str = "the file has the operators' codes in the older of two fields, and ai-edge-quantizer takes each for \
                         an ADD";

const ANEW: &str = "the original was made from the network read anew, with names of its own at its ends and one record at a time";
const F64: &str =
    "the original multiplies scales in f64 that the file has in f32: the last bit of a bias's scale";
const LOST: &str = "the original names the result of the last operator as its graph did; the file has the name of the output alone";
const EQUAL: &str = "the converter makes one constant of equal ones";

/// Which exceptions have excused nothing so far.
pub struct Unused {
    unused: Vec<bool>,
    /// How many differences were excused.
    pub excused: usize,
}

impl Unused {
    pub fn new() -> Self {
        Self {
            unused: vec![true; EXCEPTIONS.len()],
            excused: 0,
        }
    }

    /// Takes out the differences that are meant.
    pub fn excuse(&mut self, case: &Case, differences: &mut Vec<Difference>) {
        differences.retain(|difference| {
            let meant = EXCEPTIONS.iter().position(|exception| {
                fits(exception.scheme, &case.scheme)
                    && fits(exception.model, &case.model)
                    && fits(exception.place, &difference.place)
                    && fits(exception.key, difference.key)
            });
            meant.iter().for_each(|at| self.unused[*at] = false);
            self.excused += usize::from(meant.is_some());
            meant.is_none()
        });
    }

    /// Each has excused something.
    pub fn check(&self) {
        for (exception, unused) in EXCEPTIONS.iter().zip(&self.unused) {
            assert!(
                !unused,
                "nothing of {}/{} differs at `{}` {} any more: remove the exception ({})",
                exception.scheme, exception.model, exception.place, exception.key, exception.reason
            );
        }
    }
}
