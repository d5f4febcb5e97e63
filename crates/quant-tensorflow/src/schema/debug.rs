//! Where in a program nodes come from.

use super::kinds::{Kind, MessageType, many, one};

/// `GraphDebugInfo`.
pub static GRAPH_DEBUG_INFO: MessageType = MessageType {
    name: "GraphDebugInfo",
    fields: &[
        many(1, "files", Kind::Text),
        many(2, "traces", Kind::Message(&GRAPH_DEBUG_INFO_TRACES_ENTRY)),
        many(
            4,
            "frames_by_id",
            Kind::Message(&GRAPH_DEBUG_INFO_FRAMES_BY_ID_ENTRY),
        ),
        many(
            5,
            "name_to_trace_id",
            Kind::Message(&GRAPH_DEBUG_INFO_NAME_TO_TRACE_ID_ENTRY),
        ),
        many(
            6,
            "traces_by_id",
            Kind::Message(&GRAPH_DEBUG_INFO_TRACES_BY_ID_ENTRY),
        ),
    ],
};

/// `GraphDebugInfo.FramesByIdEntry`.
pub static GRAPH_DEBUG_INFO_FRAMES_BY_ID_ENTRY: MessageType = MessageType {
    name: "FramesByIdEntry",
    fields: &[
        one(1, "key", Kind::Fixed64),
        one(2, "value", Kind::Message(&GRAPH_DEBUG_INFO_FILE_LINE_COL)),
    ],
};

/// `GraphDebugInfo.FileLineCol`.
pub static GRAPH_DEBUG_INFO_FILE_LINE_COL: MessageType = MessageType {
    name: "FileLineCol",
    fields: &[
        one(1, "file_index", Kind::Int32),
        one(2, "line", Kind::Int32),
        one(3, "col", Kind::Int32),
        one(4, "func", Kind::Text),
        one(5, "code", Kind::Text),
    ],
};

/// `GraphDebugInfo.TracesByIdEntry`.
pub static GRAPH_DEBUG_INFO_TRACES_BY_ID_ENTRY: MessageType = MessageType {
    name: "TracesByIdEntry",
    fields: &[
        one(1, "key", Kind::Fixed64),
        one(2, "value", Kind::Message(&GRAPH_DEBUG_INFO_STACK_TRACE)),
    ],
};

/// `GraphDebugInfo.StackTrace`.
pub static GRAPH_DEBUG_INFO_STACK_TRACE: MessageType = MessageType {
    name: "StackTrace",
    fields: &[
        many(
            1,
            "file_line_cols",
            Kind::Message(&GRAPH_DEBUG_INFO_FILE_LINE_COL),
        ),
        many(2, "frame_id", Kind::Fixed64),
    ],
};

/// `GraphDebugInfo.TracesEntry`.
pub static GRAPH_DEBUG_INFO_TRACES_ENTRY: MessageType = MessageType {
    name: "TracesEntry",
    fields: &[
        one(1, "key", Kind::Text),
        one(2, "value", Kind::Message(&GRAPH_DEBUG_INFO_STACK_TRACE)),
    ],
};

/// `GraphDebugInfo.NameToTraceIdEntry`.
pub static GRAPH_DEBUG_INFO_NAME_TO_TRACE_ID_ENTRY: MessageType = MessageType {
    name: "NameToTraceIdEntry",
    fields: &[one(1, "key", Kind::Text), one(2, "value", Kind::Fixed64)],
};
