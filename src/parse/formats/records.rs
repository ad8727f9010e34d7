//! Documents that hold records: `{"records":[..]}` (before 2018-11, and Event Hub bodies), a bare array, several of them
//! one after another, or pretty-printed records one after another.

use super::super::core::Core;
use super::super::documents::Documents;
use super::super::elements::{Action, Event, Policy, ROOT};
use super::{Definition, Layout, Reader};
use crate::model::{RejectCode, Sink};
use crate::parse::Format;

pub(crate) const DEFINITION: Definition = Definition {
    format: Format::Records,
    name: "records",
    resumable: false,
    open,
    #[cfg(test)]
    sample: include_str!("samples/records.json"),
};

const DOCUMENT: u8 = 1;
const LIST: u8 = 2;
const UNIT: u8 = 3;

const ENVELOPE: Policy = |parent, key, first| match (parent, first) {
    (ROOT, b'{') => Action::Descend(DOCUMENT),
    (ROOT, b'[') => Action::Descend(LIST),
    (DOCUMENT, b'[') if key.eq_ignore_ascii_case("records") => Action::Descend(LIST),
    (DOCUMENT, _) => Action::Skip,
    _ => Action::Capture(UNIT),
};

const SEQUENCE: Policy = |_, _, _| Action::Capture(UNIT);

/// A reader of record documents.
pub(super) fn open(layout: Layout, core: &Core) -> Box<dyn Reader> {
    let (policy, resync): (Policy, _) = match layout {
        Layout::Envelope => (ENVELOPE, "records"),
        Layout::Sequence => (SEQUENCE, ""),
    };
    Box::new(Records { documents: Documents::new(policy, core.max_unit_bytes, resync) })
}

#[derive(Debug)]
struct Records {
    documents: Documents,
}

impl Reader for Records {
    fn push(&mut self, core: &mut Core, buf: &[u8], eof: bool, sink: &mut dyn Sink) -> usize {
        self.documents.push(core, buf, eof, sink, &mut |core, offset, event, sink| match event {
            Event::Value(_, start, end) => {
                let unit = buf.get(start..end).unwrap_or_default();
                let at = core.next(offset + start as u64);
                let result = core.builder.object(at, unit, sink);
                core.settle(at.offset, unit, result, sink);
            }
            Event::TooLong(passed) => passed.reject(RejectCode::TooLong, "", core, sink),
            _ => {}
        })
    }
}
