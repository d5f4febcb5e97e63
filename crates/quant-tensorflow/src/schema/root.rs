//! A whole graph.

use super::debug::GRAPH_DEBUG_INFO;
use super::function::FUNCTION_DEF_LIBRARY;
use super::graph::NODE_DEF;
use super::kinds::{Kind, MessageType, many, one};

/// `GraphDef`.
pub static GRAPH_DEF: MessageType = MessageType {
    name: "GraphDef",
    fields: &[
        many(1, "node", Kind::Message(&NODE_DEF)),
        one(2, "library", Kind::Message(&FUNCTION_DEF_LIBRARY)),
        one(3, "version", Kind::Int32),
        one(4, "versions", Kind::Message(&VERSION_DEF)),
        one(5, "debug_info", Kind::Message(&GRAPH_DEBUG_INFO)),
    ],
};

/// `VersionDef`.
pub static VERSION_DEF: MessageType = MessageType {
    name: "VersionDef",
    fields: &[
        one(1, "producer", Kind::Int32),
        one(2, "min_consumer", Kind::Int32),
        many(3, "bad_consumers", Kind::Int32),
    ],
};
