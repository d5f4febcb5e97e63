//! Where nodes run, when a model says it.

use quant_protobuf::schema::{Kind, MessageType, many, one};

/// `NodeDeviceConfigurationProto`.
pub static NODE_DEVICE_CONFIGURATION_PROTO: MessageType = MessageType {
    name: "NodeDeviceConfigurationProto",
    fields: &[
        one(1, "configuration_id", Kind::Text),
        many(2, "sharding_spec", Kind::Message(&SHARDING_SPEC_PROTO)),
        one(3, "pipeline_stage", Kind::Int32),
    ],
};

/// `ShardingSpecProto`.
pub static SHARDING_SPEC_PROTO: MessageType = MessageType {
    name: "ShardingSpecProto",
    fields: &[
        one(1, "tensor_name", Kind::Text),
        many(2, "device", Kind::Int64),
        many(
            3,
            "index_to_device_group_map",
            Kind::Message(&INT_INT_LIST_ENTRY_PROTO),
        ),
        many(4, "sharded_dim", Kind::Message(&SHARDED_DIM_PROTO)),
    ],
};

/// `IntIntListEntryProto`.
pub static INT_INT_LIST_ENTRY_PROTO: MessageType = MessageType {
    name: "IntIntListEntryProto",
    fields: &[one(1, "key", Kind::Int64), many(2, "value", Kind::Int64)],
};

/// `ShardedDimProto`.
pub static SHARDED_DIM_PROTO: MessageType = MessageType {
    name: "ShardedDimProto",
    fields: &[
        one(1, "axis", Kind::Int64),
        many(2, "simple_sharding", Kind::Message(&SIMPLE_SHARDED_DIM_PROTO)),
    ],
};

/// `SimpleShardedDimProto`.
pub static SIMPLE_SHARDED_DIM_PROTO: MessageType = MessageType {
    name: "SimpleShardedDimProto",
    fields: &[
        one(1, "dim_value", Kind::Int64),
        one(2, "dim_param", Kind::Text),
        one(3, "num_shards", Kind::Int64),
    ],
};
