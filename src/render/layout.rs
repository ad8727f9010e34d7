//! How wide columns are and how a text is cut to a width. Widths are terminal columns.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::escape::is_printable_ascii;

/// The narrowest a column of texts is made before whole columns are left out: less says nothing.
pub(crate) const MIN_COLUMN_WIDTH: usize = 10;

/// The terminal columns a text takes. Wide characters take two, combining marks none.
pub(crate) fn display_width(text: &str) -> usize {
    if is_printable_ascii(text) { text.len() } else { text.width() }
}

/// The longest beginning of `text` that takes at most `width` columns.
pub(crate) fn prefix(text: &str, width: usize) -> &str {
    if is_printable_ascii(text) {
        return text.get(..width.min(text.len())).unwrap_or(text);
    }
    let mut used = 0;
    let end = text
        .char_indices()
        .find(|(_, c)| {
            used += c.width().unwrap_or(0);
            used > width
        })
        .map_or(text.len(), |(at, _)| at);
    let mut cut = text.get(..end).unwrap_or(text);
    // A joiner at the end would swallow what follows; a variation selector can make a text wider than its characters.
    loop {
        cut = cut.trim_end_matches('\u{200d}');
        if display_width(cut) <= width {
            return cut;
        }
        let mut shorter = cut.chars();
        shorter.next_back();
        cut = shorter.as_str();
    }
}

/// Appends `text` to `out`, cut with `ellipsis` to at most `width` columns, and returns the columns used.
pub(crate) fn push_cut(text: &str, text_width: usize, width: usize, ellipsis: &str, out: &mut String) -> usize {
    if text_width <= width {
        out.push_str(text);
        return text_width;
    }
    let mark = prefix(ellipsis, width);
    let mark_width = display_width(mark);
    let kept = prefix(text, width - mark_width);
    out.push_str(kept);
    out.push_str(mark);
    display_width(kept) + mark_width
}

/// Which columns are shown and how wide.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Shown columns as (index in the schema, width), in order.
    pub(crate) columns: Vec<(usize, usize)>,
    /// How many of `columns` stand before the left-out middle; `None` when no column is left out.
    pub(crate) gap: Option<usize>,
}

/// Fits columns of the given natural widths into `width`, where each column costs three more for its border and padding
/// and the table one more at the end.
///
/// The widest columns shrink first, down to [`MIN_COLUMN_WIDTH`]; those that are `firm` (numbers and times, which mean
/// nothing when cut) do not. When that does not fit, columns in the middle give way to one column of `gap_width`. At least
/// one column stays, however narrow the terminal.
pub(crate) fn fit(natural: &[usize], firm: &[bool], width: Option<usize>, gap_width: usize) -> Layout {
    let layout = fit_once(natural, firm, width, gap_width);
    // A terminal too narrow for that shows beginnings of more columns rather than one or two in full.
    if layout.columns.len() < natural.len().min(FEW) { fit_once(natural, &[], width, gap_width) } else { layout }
}

/// What a column takes besides its width: a border and a space on either side.
pub(crate) const COLUMN_EXTRA: usize = 3;

/// Fewer columns than this are too few to keep others uncut for.
const FEW: usize = 3;

fn fit_once(natural: &[usize], firm: &[bool], width: Option<usize>, gap_width: usize) -> Layout {
    let Some(width) = width else {
        return Layout { columns: natural.iter().copied().enumerate().collect(), gap: None };
    };
    let usable = width.saturating_sub(1);
    let wish = |i: usize| natural.get(i).copied().unwrap_or(0);
    let is_firm = |i: usize| firm.get(i).copied().unwrap_or(false);
    let least = |i: usize| if is_firm(i) { wish(i) } else { wish(i).min(MIN_COLUMN_WIDTH) } + COLUMN_EXTRA;

    let all: Vec<usize> = (0..natural.len()).collect();
    let (kept, gap) = if all.iter().map(|i| least(*i)).sum::<usize>() <= usable || all.len() <= 1 {
        (all, None)
    } else {
        let (mut left, mut right) = (vec![0], Vec::new());
        let mut used = least(0) + gap_width + COLUMN_EXTRA;
        // From both ends in turn, so that the first and the last columns survive.
        while left.len() + right.len() < natural.len() {
            let from_right = right.len() < left.len();
            let next = if from_right { natural.len() - 1 - right.len() } else { left.len() };
            used += least(next);
            if used > usable {
                break;
            }
            if from_right { right.push(next) } else { left.push(next) }
        }
        let gap = left.len();
        left.extend(right.into_iter().rev());
        (left, Some(gap))
    };

    let border = kept.len() * COLUMN_EXTRA + gap.map_or(0, |_| gap_width + COLUMN_EXTRA);
    let room = usable.saturating_sub(border);
    let (hard, soft): (Vec<usize>, Vec<usize>) = kept.iter().partition(|i| is_firm(**i));
    let taken: usize = hard.iter().map(|i| wish(*i)).sum();
    // Where not even the firm ones fit, they shrink like the others.
    let shrinking = if taken + soft.len() <= room { soft } else { kept.clone() };
    let room = if shrinking.len() == kept.len() { room } else { room - taken };
    let widths = shrink(&shrinking.iter().map(|i| wish(*i)).collect::<Vec<_>>(), room);
    let width_of = |i: usize| shrinking.iter().position(|s| *s == i).map_or(wish(i), |at| widths[at]);
    Layout { columns: kept.into_iter().map(|i| (i, width_of(i))).collect(), gap }
}

/// Lowers the largest of `wanted` until their sum is at most `room`; none goes below one.
fn shrink(wanted: &[usize], room: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by_key(|i| wanted.get(*i).copied());
    let mut widths = wanted.to_vec();
    let (mut room, mut left) = (room, wanted.len());
    // Narrow columns take what they need; the others share the rest, the last ones taking the remainder.
    for i in order {
        let Some(width) = widths.get_mut(i) else { continue };
        *width = (*width).min((room / left).max(1));
        room = room.saturating_sub(*width);
        left -= 1;
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_end_between_characters_and_never_overflow() {
        for (text, width, want) in [
            ("abc", 2, "ab"),
            ("abc", 9, "abc"),
            ("日本語", 5, "日本"),
            ("日本語", 1, ""),
            ("e\u{301}e\u{301}", 1, "e\u{301}"),
            ("👩\u{200d}💻x", 2, "👩"),
            ("☂\u{fe0f}x", 1, "☂"),
            ("", 3, ""),
        ] {
            let cut = prefix(text, width);
            assert_eq!(cut, want, "{text:?} at {width}");
            assert!(display_width(cut) <= width);
        }
    }

    #[test]
    fn cutting_marks_the_cut() {
        for (text, width, ellipsis, want) in [
            ("abcdef", 6, "…", "abcdef"),
            ("abcdef", 4, "…", "abc…"),
            ("abcdef", 4, "...", "a..."),
            ("abcdef", 2, "...", ".."),
            ("abcdef", 0, "…", ""),
            ("日本語", 4, "…", "日…"),
        ] {
            let mut out = String::new();
            let used = push_cut(text, display_width(text), width, ellipsis, &mut out);
            assert_eq!(out, want);
            assert_eq!(used, display_width(want));
        }
    }

    #[test]
    fn the_widest_columns_shrink_first() {
        assert_eq!(shrink(&[3, 40, 5, 60], 60), [3, 26, 5, 26]);
        assert_eq!(shrink(&[3, 10], 60), [3, 10]);
        assert_eq!(shrink(&[10, 10, 10], 20), [6, 7, 7]);
        assert_eq!(shrink(&[10, 10], 0), [1, 1]);
        assert_eq!(shrink(&[], 5), Vec::<usize>::new());
    }

    #[test]
    fn columns_fit_or_the_middle_goes() {
        let fit = |natural: &[usize], width, gap| fit(natural, &[], width, gap);
        assert_eq!(fit(&[5, 50], None, 1), Layout { columns: vec![(0, 5), (1, 50)], gap: None });
        assert_eq!(fit(&[5, 50], Some(40), 1), Layout { columns: vec![(0, 5), (1, 28)], gap: None });
        assert_eq!(
            fit(&[20; 10], Some(70), 1),
            Layout { columns: vec![(0, 10), (1, 10), (2, 10), (8, 10), (9, 10)], gap: Some(3) }
        );
        assert_eq!(fit(&[9, 9], Some(3), 1), Layout { columns: vec![(0, 1)], gap: Some(1) });
        assert_eq!(fit(&[], Some(3), 1), Layout { columns: vec![], gap: None });
    }

    #[test]
    fn times_and_numbers_are_not_cut() {
        let layout = fit(&[27, 11, 40, 12], &[true, false, false, false], Some(80), 1);
        assert_eq!(layout, Layout { columns: vec![(0, 27), (1, 11), (2, 17), (3, 12)], gap: None });
        assert_eq!(fit(&[27], &[true], Some(20), 1).columns, [(0, 16)]);
    }

    #[test]
    fn no_layout_is_wider_than_asked_for() {
        for columns in 1..30 {
            for width in 12..200 {
                let firm: Vec<bool> = (0..columns).map(|i| i % 3 == 0).collect();
                for firm in [&firm[..], &[]] {
                    let layout = fit(&vec![17; columns], firm, Some(width), 1);
                    let total: usize = layout.columns.iter().map(|(_, w)| w + 3).sum();
                    let total = total + 1 + layout.gap.map_or(0, |_| 4);
                    assert!(total <= width, "{columns} columns at {width}: {total}");
                    assert_eq!(layout.gap.is_some(), layout.columns.len() < columns);
                }
            }
        }
    }
}
