//! Functions over JSON texts.

pub(super) mod text;
