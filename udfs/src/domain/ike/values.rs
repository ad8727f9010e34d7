//! Which values somebody asks for.

/// Values that stand anywhere in the text of a message, as a set. Who asks for few of them need not wait for the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Values(u8);

impl Values {
    /// None of them: where a message came from and where it went, and what its tags say, are always read.
    pub const NONE: Self = Self(0);
    /// All of them.
    pub const ALL: Self = Self(u8::MAX);

    pub(super) const TUNNEL_ID: Self = Self(1);
    pub(super) const TS_ID: Self = Self(1 << 1);
    pub(super) const I_COOKIE: Self = Self(1 << 2);
    pub(super) const R_COOKIE: Self = Self(1 << 3);
    pub(super) const ERROR_CODE: Self = Self(1 << 4);
    pub(super) const CLOSE_STATUS: Self = Self(1 << 5);
    pub(super) const NOTIFY: Self = Self(1 << 6);
    pub(super) const MESSAGE_ID: Self = Self(1 << 7);

    /// What must be read for a field of [`super::IkeMessage`], or for its `message_type`. [`Values::NONE`] for a field that
    /// does not come out of the text, and for other names.
    pub fn of(field: &str) -> Self {
        match field {
            "tunnel_id" => Self::TUNNEL_ID,
            "ts_id" => Self::TS_ID,
            "i_cookie" => Self::I_COOKIE,
            "r_cookie" => Self::R_COOKIE,
            // A status may be a code.
            "error_code" => Self::ERROR_CODE.and(Self::CLOSE_STATUS),
            "close_status" => Self::CLOSE_STATUS,
            "notify" => Self::NOTIFY,
            "message_id" => Self::MESSAGE_ID,
            "message_type" => Self::CLOSE_STATUS.and(Self::NOTIFY),
            _ => Self::NONE,
        }
    }

    /// Those of both sets.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether one of the other set is in this one.
    #[inline]
    pub(super) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Takes the other set out, where something was found.
    #[inline]
    pub(super) fn found<T>(&mut self, value: Self, found: Option<T>) -> Option<T> {
        if found.is_some() {
            self.0 &= !value.0;
        }
        found
    }
}

impl FromIterator<Values> for Values {
    fn from_iter<I: IntoIterator<Item = Values>>(sets: I) -> Self {
        sets.into_iter().fold(Self::NONE, Self::and)
    }
}
