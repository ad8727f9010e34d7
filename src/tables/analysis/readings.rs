//! What analysis tables have read, kept for the statements that follow.
//!
//! A report or a check asks many questions of the same rows: what went down, why, for how long. Where keeping is on, each
//! reading is made once for all of them. They then also speak of the same rows while an export grows. Sessions in which
//! somebody looks again keep nothing.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use datafusion::execution::memory_pool::{MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation};
use hashbrown::HashMap;
use parking_lot::Mutex;

use super::gateways::Gateways;
use crate::tables::pruning::TimeRange;

/// A reading by its name and the session's range.
type Key = (&'static str, Option<i64>, Option<i64>);

/// All that is kept may take this part of the memory limit; the rest is for the statements.
const PART: usize = 4;

/// What is kept.
#[derive(Default)]
pub struct Readings {
    on: AtomicBool,
    known: Mutex<HashMap<Key, Held>>,
    gateways: Mutex<Arc<Gateways>>,
}

struct Held {
    reading: Arc<dyn Any + Send + Sync>,
    memory: MemoryReservation,
}

impl std::fmt::Debug for Readings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Readings({:?}, {} kept)", self.on, self.known.lock().len())
    }
}

impl Readings {
    /// Keeps readings from now on.
    pub fn keep(&self) {
        self.on.store(true, Ordering::Relaxed);
    }

    /// Whether readings are kept.
    pub fn is_kept(&self) -> bool {
        self.on.load(Ordering::Relaxed)
    }

    /// Forgets all of them: the data is looked at anew.
    pub fn forget(&self) {
        self.known.lock().clear();
        *self.gateways.lock() = Arc::default();
    }

    /// The gateways that kept rows are of; without keeping nobody else's.
    pub fn gateways(&self) -> Arc<Gateways> {
        if self.is_kept() { Arc::clone(&self.gateways.lock()) } else { Arc::default() }
    }

    /// A reading that was made before.
    pub fn get<T: Any + Send + Sync>(&self, name: &'static str, range: TimeRange) -> Option<Arc<T>> {
        let known = self.known.lock();
        let held = known.get(&(name, range.start, range.end))?;
        Arc::clone(&held.reading).downcast().ok()
    }

    /// Keeps a reading of so many bytes, if that is wanted and there is room.
    pub fn put<T: Any + Send + Sync>(
        &self,
        name: &'static str,
        range: TimeRange,
        reading: &Arc<T>,
        bytes: usize,
        pool: &Arc<dyn MemoryPool>,
    ) {
        if !self.is_kept() {
            return;
        }
        let mut known = self.known.lock();
        let held: usize = known.values().map(|h| h.memory.size()).sum();
        if let MemoryLimit::Finite(limit) = pool.memory_limit()
            && held.saturating_add(bytes) > limit / PART
        {
            return;
        }
        let memory = MemoryConsumer::new(format!("kept {name}")).register(pool);
        if memory.try_grow(bytes).is_ok() {
            let reading = Arc::clone(reading) as Arc<dyn Any + Send + Sync>;
            known.insert((name, range.start, range.end), Held { reading, memory });
        }
    }
}

#[cfg(test)]
mod tests {
    use datafusion::execution::memory_pool::GreedyMemoryPool;

    use super::*;

    #[test]
    fn a_reading_is_kept_when_wanted_and_while_there_is_room() {
        let pool: Arc<dyn MemoryPool> = Arc::new(GreedyMemoryPool::new(4_000));
        let (readings, all) = (Readings::default(), TimeRange::default());
        let some = TimeRange { start: Some(1), end: None };
        readings.put("a", all, &Arc::new(1_u8), 100, &pool);
        assert!(readings.get::<u8>("a", all).is_none(), "nobody wants it");
        readings.keep();
        readings.put("a", all, &Arc::new(1_u8), 600, &pool);
        readings.put("b", all, &Arc::new(2_u8), 600, &pool);
        assert_eq!(readings.get::<u8>("a", all).as_deref(), Some(&1));
        assert!(readings.get::<u8>("b", all).is_none(), "a quarter of the limit is full");
        assert!(readings.get::<u8>("a", some).is_none(), "another range");
        assert!(readings.get::<u16>("a", all).is_none());
        assert_eq!(pool.reserved(), 600);
        readings.forget();
        assert!(readings.get::<u8>("a", all).is_none());
        assert_eq!(pool.reserved(), 0);
    }
}
