//! Where a part of a text lies in it.

use std::ops::Range;

/// From where to where `part` lies in `whole`; `None` when it is no part of it but a text of its own, be it the same.
#[inline]
pub fn part_of(whole: &str, part: &str) -> Option<Range<usize>> {
    let from = (part.as_ptr() as usize).checked_sub(whole.as_ptr() as usize)?;
    let to = from.checked_add(part.len()).filter(|to| *to <= whole.len())?;
    Some(from..to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_by_where_they_are() {
        let whole = String::from("[SEND] [SEND]");
        assert_eq!(part_of(&whole, &whole), Some(0..13));
        assert_eq!(part_of(&whole, &whole[7..]), Some(7..13));
        assert_eq!(part_of(&whole, &whole[13..]), Some(13..13));
        assert_eq!(part_of(&whole, &whole.clone()), None);
        assert_eq!(part_of(&whole[1..6], &whole), None);
        assert_eq!(part_of(&whole[1..6], &whole[1..7]), None);
        assert_eq!(part_of(&whole[1..6], &whole[2..6]), Some(1..5));
    }
}
