//! What does not fit is an error that names the operator; states that nothing keeps, and what no rule covers.

use super::{error, float};

/// A constant vector of these integers.
fn ints(values: &[i32]) -> String {
    let list: Vec<String> = values.iter().map(|x| format!("arg: \"{x}\"")).collect();
    let list = list.join(" ");
    format!(
        "INT32 shape {{ dim: {} }} filler {{ tag: \"explicit\" {list} }}",
        values.len()
    )
}

/// A constant table of these integers, one a row.
fn rows(values: &[i32]) -> String {
    ints(values).replace("} filler", "dim: 1 } filler")
}

#[test]
fn what_does_not_fit_is_an_error_that_names_the_operator() {
    let volume = [1, 2, 2, 2, 3];
    let cases: &[(&str, &[String], &str)] = &[
        (
            r#""ScatterNd""#,
            &[rows(&[4]), float(&[1]), ints(&[4])],
            "SCATTER_ND `y`: index 4 ",
        ),
        (
            r#""ScatterNd""#,
            &[rows(&[-1]), float(&[1]), ints(&[4])],
            "SCATTER_ND `y`: index -1 ",
        ),
        (
            r#""ScatterNd""#,
            &[rows(&[0]), float(&[2]), ints(&[4])],
            "SCATTER_ND `y`: indices ",
        ),
        (
            r#""ScatterNd""#,
            &[rows(&[0]), float(&[1, 3]), ints(&[4, 2])],
            "SCATTER_ND `y`: indices ",
        ),
        (
            r#""ScatterNd""#,
            &[rows(&[0]), float(&[1]), ints(&[-4])],
            "SCATTER_ND `y`: sizes [-4]",
        ),
        (
            r#""ScatterNd""#,
            &[rows(&[0]), float(&[1]), ints(&[i32::MAX])],
            "SCATTER_ND `y`: its output ",
        ),
        (
            r#""ScatterNd""#,
            &[float(&[1, 1]), float(&[1]), ints(&[4])],
            "SCATTER_ND `y`: input 0 is float32",
        ),
        (
            r#""MatrixDiag""#,
            &[float(&[])],
            "MATRIX_DIAG `y`: input 0 is a scalar",
        ),
        (
            r#""MatrixDiag""#,
            &[float(&[1 << 16])],
            "MATRIX_DIAG `y`: its output ",
        ),
        (
            r#""MatrixSetDiag""#,
            &[float(&[3, 2]), float(&[3])],
            "MATRIX_SET_DIAG `y`: diagonals ",
        ),
        (
            r#""MatrixSetDiag""#,
            &[float(&[3]), float(&[])],
            "MATRIX_SET_DIAG `y`: diagonals ",
        ),
        (
            r#""MatrixSetDiag""#,
            &[float(&[1, 2]), ints(&[7])],
            "MATRIX_SET_DIAG `y`: its inputs are float32, int32",
        ),
        (
            r#""Conv2D""#,
            &[float(&[1, 4, 4, 5]), float(&[4, 1, 1, 2]), float(&[4])],
            "CONV_2D `y`: the filter of 4 ",
        ),
        (
            r#""Conv2D""#,
            &[float(&[1, 4, 4, 4]), float(&[3, 1, 1, 2]), float(&[3])],
            "CONV_2D `y`: the filter of 3 ",
        ),
        (
            r#""Conv2D""#,
            &[float(&[1, 4, 4, 1]), float(&[4, 1, 1, 2]), float(&[4])],
            "CONV_2D `y`: the filter of 4 ",
        ),
        (
            r#""Conv3D""#,
            &[float(&volume), float(&[1, 1, 1, 2, 3])],
            "CONV_3D `y`: the filter reads 2 ",
        ),
        (
            r#""Conv3D""#,
            &[float(&[1, 2, 2, 3]), float(&[1, 1, 1, 3, 3])],
            "CONV_3D `y`: input [1, 2, 2, 3] is not",
        ),
        (
            r#""Conv3D""#,
            &[float(&volume), float(&[3, 1, 1, 3, 3])],
            "CONV_3D `y`: a window ",
        ),
        (
            r#""Conv3D""#,
            &[float(&volume), float(&[1, 1, 1, 3, 3]), float(&[2])],
            "CONV_3D `y`: bias ",
        ),
        (
            r#""Conv3D" conv3d_options { stride_d: 0 }"#,
            &[float(&volume), float(&[1, 1, 1, 3, 3])],
            "CONV_3D `y`: stride 0 ",
        ),
        (
            r#""Conv3DTranspose""#,
            &[ints(&[1, 2, 2, 3, 3]), float(&[1, 1, 1, 3, 3]), float(&volume)],
            "CONV_3D_TRANSPOSE `y`: filter ",
        ),
        (
            r#""Conv3DTranspose""#,
            &[ints(&[1, 2, 2, -2, 3]), float(&[1, 1, 1, 3, 3]), float(&volume)],
            "CONV_3D_TRANSPOSE `y`: sizes ",
        ),
        (
            r#""RFFT2D""#,
            &[float(&[4, 4]), ints(&[3, 4])],
            "RFFT2D `y`: transforms of size [3, 4]",
        ),
        (
            r#""RFFT2D""#,
            &[float(&[4, 4]), ints(&[4])],
            "RFFT2D `y`: transforms of size [4]",
        ),
        (
            r#""RFFT2D""#,
            &[float(&[4, 4]), ints(&[-4, 4])],
            "RFFT2D `y`: transforms of size [-4, 4]",
        ),
        (
            r#""RFFT2D""#,
            &[float(&[4, 4]), ints(&[1 << 30, 1 << 30])],
            "RFFT2D `y`: 1152921504606846976 points",
        ),
        (
            r#""RFFT2D""#,
            &[float(&[4]), ints(&[1, 4])],
            "RFFT2D `y`: input [4] is no matrix",
        ),
        (
            r#""ComplexAbs""#,
            &[float(&[4])],
            "COMPLEX_ABS `y`: its inputs are float32",
        ),
        (
            r#""Atan2""#,
            &[float(&[4]), float(&[1])],
            "ATAN2 `y`: y has shape [4], and x has [1]",
        ),
        (
            r#""BitwiseXor""#,
            &[float(&[4]), float(&[4])],
            "BITWISE_XOR `y`: its inputs are float32",
        ),
        (
            r#""ReduceAll""#,
            &[float(&[4]), ints(&[0])],
            "REDUCE_ALL `y`: input 0 is float32",
        ),
        (
            r#""SparseToDense""#,
            &[ints(&[5]), ints(&[5]), float(&[1]), float(&[])],
            "SPARSE_TO_DENSE `y`: index 5 ",
        ),
        (
            r#""SparseToDense""#,
            &[ints(&[1, 2]), ints(&[5]), float(&[1]), float(&[])],
            "SPARSE_TO_DENSE `y`: indices ",
        ),
        (
            r#""SparseToDense""#,
            &[ints(&[1]), ints(&[5, 5]), float(&[1]), float(&[])],
            "SPARSE_TO_DENSE `y`: indices ",
        ),
        (
            r#""SparseToDense""#,
            &[ints(&[1]), ints(&[-5]), float(&[1]), float(&[])],
            "SPARSE_TO_DENSE `y`: sizes [-5]",
        ),
        (
            r#""Bucketize" bucketize_options { boundaries: 2 boundaries: 1 }"#,
            &[float(&[1])],
            "BUCKETIZE `y`: its boundaries ",
        ),
        (
            r#""FakeQuant" fakequant_options { min: 1 max: 1 num_bits: 8 }"#,
            &[float(&[1])],
            "FAKE_QUANT `y`: the range 1…1 in 8 bits",
        ),
        (
            r#""FakeQuant" fakequant_options { max: 1 num_bits: 32 }"#,
            &[float(&[1])],
            "FAKE_QUANT `y`: the range 0…1 in 32 bits",
        ),
        (
            r#""FakeQuant" fakequant_options { max: 1 num_bits: 8 narrow_range: true }"#,
            &[float(&[1])],
            "FAKE_QUANT `y`: a narrow range ",
        ),
        (
            r#""NonMaxSuppressionV4""#,
            &[float(&[6, 4]), float(&[6]), ints(&[-1]), float(&[]), float(&[])],
            "NON_MAX_SUPPRESSION_V4 `y`: at most -1 boxes",
        ),
        (
            r#""NonMaxSuppressionV4""#,
            &[
                float(&[6, 4]),
                float(&[6]),
                ints(&[i32::MAX]),
                float(&[]),
                float(&[]),
            ],
            "NON_MAX_SUPPRESSION_V4 `y`: its output ",
        ),
        (
            r#""NonMaxSuppressionV4""#,
            &[float(&[6, 3]), float(&[6]), ints(&[3]), float(&[]), float(&[])],
            "NON_MAX_SUPPRESSION_V4 `y`: boxes ",
        ),
        (
            r#""NonMaxSuppressionV5""#,
            &[
                float(&[6, 4]),
                float(&[5]),
                ints(&[3]),
                float(&[]),
                float(&[]),
                float(&[]),
            ],
            "NON_MAX_SUPPRESSION_V5 `y`: boxes ",
        ),
        (
            r#""NonMaxSuppressionV5""#,
            &[
                float(&[6, 4]),
                float(&[6]),
                ints(&[3]),
                float(&[2]),
                float(&[]),
                float(&[]),
            ],
            "NON_MAX_SUPPRESSION_V5 `y`: input 3 ",
        ),
    ];
    for (operation, operands, wanted) in cases {
        let error = error(operation, operands).to_string();
        assert!(error.starts_with(wanted), "{operation}: {error}");
    }
}
