//! Functions over Azure's names and ids.

pub(super) mod instance_number;
pub(super) mod resource;
