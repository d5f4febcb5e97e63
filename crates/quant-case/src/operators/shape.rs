//! Operators that move elements, or that work on shapes and indices.

use super::schema::{Activations, FieldKind, OperatorSchema, OptionField, boolean, int, unary};

const fn word(name: &'static str, words: &'static [&'static str]) -> OptionField {
    OptionField {
        name,
        kind: FieldKind::Word(words),
    }
}

/// These operators, by name.
pub const TABLE: &[OperatorSchema] = &[
    OperatorSchema {
        options: "batch_to_space_options",
        fields: &[],
        inputs: (3, 3),
        ..unary("BatchToSpaceND")
    },
    OperatorSchema {
        options: "broadcast_args_options",
        fields: &[],
        inputs: (2, 2),
        activations: Activations::Inputs(&[]),
        ..unary("BroadcastArgs")
    },
    OperatorSchema {
        options: "broadcast_to_options",
        fields: &[],
        inputs: (2, 2),
        activations: Activations::Inputs(&[]),
        ..unary("BroadcastTo")
    },
    OperatorSchema {
        options: "cumsum_options",
        fields: &[boolean("exclusive"), boolean("reverse")],
        inputs: (2, 2),
        activations: Activations::Inputs(&[]),
        ..unary("CumSum")
    },
    OperatorSchema {
        options: "depth_to_space_options",
        fields: &[int("block_size", 1)],
        ..unary("DepthToSpace")
    },
    OperatorSchema {
        options: "dynamic_update_slice_options",
        fields: &[],
        inputs: (3, 3),
        activations: Activations::Inputs(&[]),
        ..unary("DynamicUpdateSlice")
    },
    OperatorSchema {
        options: "embedding_lookup_options",
        fields: &[],
        inputs: (2, 2),
        activations: Activations::Inputs(&[]),
        ..unary("EmbeddingLookup")
    },
    OperatorSchema {
        options: "expand_dims_options",
        fields: &[],
        inputs: (2, 2),
        activations: Activations::Inputs(&[]),
        ..unary("ExpandDims")
    },
    OperatorSchema {
        options: "fill_options",
        fields: &[],
        inputs: (2, 2),
        activations: Activations::Inputs(&[]),
        ..unary("Fill")
    },
    OperatorSchema {
        options: "gather_options",
        fields: &[int("axis", 0), int("batch_dims", 0)],
        inputs: (2, 2),
        ..unary("Gather")
    },
    OperatorSchema {
        options: "gather_nd_options",
        fields: &[],
        inputs: (2, 2),
        activations: Activations::Inputs(&[]),
        ..unary("GatherNd")
    },
    OperatorSchema {
        options: "mirrorpad_options",
        fields: &[word("mode", &["REFLECT", "SYMMETRIC"])],
        inputs: (2, 2),
        ..unary("MirrorPad")
    },
    OperatorSchema {
        options: "onehot_options",
        fields: &[int("axis", -1)],
        inputs: (4, 4),
        activations: Activations::Inputs(&[2, 3]),
        ..unary("OneHot")
    },
    OperatorSchema {
        options: "pack_options",
        fields: &[int("values_count", 0), int("axis", 0)],
        inputs: (1, usize::MAX),
        activations: Activations::All,
        ..unary("Pack")
    },
    OperatorSchema {
        options: "padv2_options",
        fields: &[],
        inputs: (3, 3),
        ..unary("PadV2")
    },
    OperatorSchema {
        options: "range_options",
        fields: &[],
        inputs: (3, 3),
        activations: Activations::Inputs(&[]),
        ..unary("Range")
    },
    OperatorSchema {
        options: "rank_options",
        fields: &[],
        inputs: (1, 1),
        activations: Activations::Inputs(&[]),
        ..unary("Rank")
    },
    OperatorSchema {
        options: "reverse_sequence_options",
        fields: &[int("seq_dim", 0), int("batch_dim", 0)],
        inputs: (2, 2),
        ..unary("ReverseSequence")
    },
    OperatorSchema {
        options: "reversev2_options",
        fields: &[],
        inputs: (2, 2),
        activations: Activations::Inputs(&[]),
        ..unary("ReverseV2")
    },
    OperatorSchema {
        options: "segment_sum_options",
        fields: &[],
        inputs: (2, 2),
        activations: Activations::Inputs(&[]),
        ..unary("SegmentSum")
    },
    OperatorSchema {
        options: "shape_options",
        fields: &[word("out_type", &["INT32", "INT64"])],
        activations: Activations::Inputs(&[]),
        ..unary("Shape")
    },
    OperatorSchema {
        options: "slice_options",
        fields: &[],
        inputs: (3, 3),
        ..unary("Slice")
    },
    OperatorSchema {
        options: "space_to_batch_nd_options",
        fields: &[],
        inputs: (3, 3),
        ..unary("SpaceToBatchND")
    },
    OperatorSchema {
        options: "space_to_depth_options",
        fields: &[int("block_size", 1)],
        ..unary("SpaceToDepth")
    },
    OperatorSchema {
        options: "split_v_options",
        fields: &[int("num_splits", 1)],
        inputs: (3, 3),
        ..unary("SplitV")
    },
    OperatorSchema {
        options: "squeeze_options",
        fields: &[OptionField {
            name: "squeeze_dim",
            kind: FieldKind::Ints,
        }],
        ..unary("Squeeze")
    },
    OperatorSchema {
        options: "strided_slice_options",
        fields: &[
            int("begin_mask", 0),
            int("end_mask", 0),
            int("ellipsis_mask", 0),
            int("new_axis_mask", 0),
            int("shrink_axis_mask", 0),
            boolean("offset"),
        ],
        inputs: (4, 4),
        ..unary("StridedSlice")
    },
    OperatorSchema {
        options: "tile_options",
        fields: &[],
        inputs: (2, 2),
        ..unary("Tile")
    },
    OperatorSchema {
        options: "topk_v2_options",
        fields: &[],
        inputs: (2, 2),
        ..unary("TopKV2")
    },
    OperatorSchema {
        options: "unique_options",
        fields: &[word("idx_out_type", &["INT32", "INT64"])],
        ..unary("Unique")
    },
    OperatorSchema {
        options: "unpack_options",
        fields: &[int("num", 0), int("axis", 0)],
        ..unary("Unpack")
    },
    OperatorSchema {
        options: "where_options",
        fields: &[],
        activations: Activations::Inputs(&[]),
        ..unary("Where")
    },
];
