//! Operators whose inputs or options are wrong: an error that names the operator, never a panic.

use quant_core::interp;
use quant_core::value::Value;

use crate::common::model;

/// The error of an operation over `x`, a float input of this shape, and constants `c` with these integers.
fn error(shape: &[i32], constant: &[i32], operation: &str, out: &[i32]) -> String {
    let dims = |shape: &[i32]| {
        let dims: Vec<String> = shape.iter().map(|d| format!("dim: {d}")).collect();
        dims.join(" ")
    };
    let values: Vec<String> = constant.iter().map(|x| format!("arg: \"{x}\"")).collect();
    let values = values.join(" ");
    let text = format!(
        r#"operand {{ name: "x" type: FLOAT32 shape {{ {} }} }}
        operand {{ name: "c" type: INT32 shape {{ dim: {} }} filler {{ tag: "explicit" {values} }} }}
        operand {{ name: "y" type: FLOAT32 shape {{ {} }} }}
        operation {{ {operation} output: "y" }}
        input: "x" output: "y""#,
        dims(shape),
        constant.len(),
        dims(out),
    );
    let model = model(&text);
    let shape: Vec<usize> = shape.iter().map(|d| *d as usize).collect();
    let input = Value::f32(shape.clone(), vec![1.0; shape.iter().product()]);
    interp::run(&model, &[input]).unwrap_err().to_string()
}

#[test]
fn wrong_axes_sizes_and_shapes_are_errors() {
    let both = r#"type: "ResizeBilinear" input: "x" input: "c"
        resize_bilinear_options { align_corners: true half_pixel_centers: true }"#;
    let rows: &[(&[i32], &[i32], &str, &str)] = &[
        (
            &[2, 3],
            &[2],
            r#"type: "Sum" input: "x" input: "c""#,
            "SUM `y`: axis 2 ",
        ),
        (
            &[2, 3],
            &[-3],
            r#"type: "Mean" input: "x" input: "c""#,
            "MEAN `y`: axis -3 ",
        ),
        (
            &[],
            &[0],
            r#"type: "ReduceMax" input: "x" input: "c""#,
            "REDUCE_MAX `y`: axis 0 ",
        ),
        (
            &[2],
            &[0],
            r#"type: "ReduceAny" input: "x" input: "c""#,
            "REDUCE_ANY `y`: input 0 is ",
        ),
        (
            &[2],
            &[1],
            r#"type: "ArgMax" input: "x" input: "c""#,
            "ARG_MAX `y`: axis 1 ",
        ),
        (
            &[2],
            &[0, 0],
            r#"type: "ArgMin" input: "x" input: "c""#,
            "ARG_MIN `y`: 2 axes",
        ),
        (
            &[2, 0],
            &[1],
            r#"type: "ArgMin" input: "x" input: "c""#,
            "ARG_MIN `y`: axis 1 has no",
        ),
        (
            &[3],
            &[1],
            r#"type: "BatchMatMul" input: "x" input: "x""#,
            "BATCH_MATMUL `y`: shapes ",
        ),
        (
            &[2, 3],
            &[1],
            r#"type: "BatchMatMul" input: "x" input: "x""#,
            "BATCH_MATMUL `y`: shapes ",
        ),
        (
            &[2, 2],
            &[1, 1],
            r#"type: "ResizeBilinear" input: "x" input: "c""#,
            "RESIZE_BILINEAR `y`: input ",
        ),
        (
            &[1, 2, 2, 1],
            &[0, 1],
            r#"type: "ResizeNearestNeighbor" input: "x" input: "c""#,
            "RESIZE_NEAREST_NEIGHBOR `y`: input ",
        ),
        (
            &[1, 0, 2, 1],
            &[1, 1],
            r#"type: "ResizeBilinear" input: "x" input: "c""#,
            "RESIZE_BILINEAR `y`: input ",
        ),
        (&[1, 2, 2, 1], &[1, 1], both, "RESIZE_BILINEAR `y`: both "),
        (
            &[1, 2],
            &[0],
            r#"type: "LocalResponseNormalization" input: "x" local_response_normalization_options { radius: -1 }"#,
            "LOCAL_RESPONSE_NORMALIZATION `y`: radius -1",
        ),
        (
            &[2, 2],
            &[0],
            r#"type: "L2Pool2D" input: "x""#,
            "L2_POOL_2D `y`: input shape ",
        ),
    ];
    for (shape, constant, operation, wanted) in rows {
        // Where the shape is right and only the kernel can tell, it must be that of the model.
        let out: &[i32] = if operation.contains("Local") { shape } else { &[] };
        let error = error(shape, constant, operation, out);
        assert!(error.starts_with(wanted), "{operation}: {error}");
    }
    let huge = r#"type: "ResizeNearestNeighbor" input: "x" input: "c""#;
    let error = error(&[1, 1, 1, 1], &[i32::MAX, i32::MAX], huge, &[]);
    assert!(error.contains("elements"), "{error}");
}
