//! What is being opened: the log's reader panics when the threads under it are taken away before it is done.

use std::sync::Arc;

use parking_lot::{Condvar, Mutex};

/// Counts openings under way.
#[derive(Debug, Default)]
pub struct Openings {
    running: Mutex<usize>,
    ended: Condvar,
}

/// An opening under way, until it is dropped.
pub struct Opening(Arc<Openings>);

impl Openings {
    /// One more.
    pub fn begin(self: &Arc<Self>) -> Opening {
        *self.running.lock() += 1;
        Opening(Arc::clone(self))
    }

    /// Whether there is none.
    pub fn is_idle(&self) -> bool {
        *self.running.lock() == 0
    }

    /// Waits until there is none.
    pub fn wait(&self) {
        self.ended.wait_while(&mut self.running.lock(), |running| *running > 0);
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        *self.0.running.lock() -= 1;
        self.0.ended.notify_all();
    }
}
