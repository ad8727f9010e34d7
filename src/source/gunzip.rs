//! Gzip, piece by piece, with bounded memory: a small piece can inflate a thousandfold.

use std::io::Write;

use flate2::write::MultiGzDecoder;

/// The first bytes of every gzip stream (RFC 1952, 2.3.1).
pub const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Compressed bytes taken at a time; deflate's limit of 1032:1 bounds what they become.
const SLICE: usize = 8 * 1024;

/// Decoded bytes after which the caller gets its turn.
const ENOUGH: usize = 1 << 20;

#[derive(Default)]
pub struct Gunzip {
    decoder: Option<MultiGzDecoder<Vec<u8>>>,
}

pub enum Inflated {
    /// Go on, with more compressed bytes once `raw` is empty.
    More,
    /// The stream is broken; what could be decoded is in `out`.
    Damaged(String),
}

impl Gunzip {
    /// Decodes from the front of `raw` and appends to `out`.
    pub fn inflate(&mut self, raw: &mut Vec<u8>, out: &mut Vec<u8>) -> Inflated {
        let decoder = self.decoder.get_or_insert_with(|| MultiGzDecoder::new(Vec::new()));
        let mut taken = 0;
        let mut result = Inflated::More;
        while taken < raw.len() && decoder.get_ref().len() < ENOUGH {
            let slice = &raw[taken..raw.len().min(taken + SLICE)];
            if let Err(e) = decoder.write_all(slice) {
                // The decoder holds decoded bytes back until it is written to again; it is over now either way.
                let _ = decoder.try_finish();
                result = Inflated::Damaged(format!("damaged gzip stream: {e}"));
                break;
            }
            taken += slice.len();
        }
        raw.drain(..taken);
        out.append(decoder.get_mut());
        result
    }

    /// Appends what the decoder held back to `out`, and says what is wrong with the end of the stream, if anything.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Option<String> {
        let mut decoder = self.decoder.take()?;
        let end = decoder.try_finish();
        out.append(decoder.get_mut());
        end.err().map(|e| format!("the gzip stream ends early: {e}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gz(text: &[u8]) -> Vec<u8> {
        let mut e = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        e.write_all(text).unwrap();
        e.finish().unwrap()
    }

    fn all(mut raw: Vec<u8>) -> (Vec<u8>, bool) {
        let (mut g, mut out, mut ok) = (Gunzip::default(), Vec::new(), true);
        while !raw.is_empty() && ok {
            ok = matches!(g.inflate(&mut raw, &mut out), Inflated::More);
        }
        let end = g.finish(&mut out);
        (out, ok && end.is_none())
    }

    #[test]
    fn whole_members_and_broken_streams() {
        let text = b"some text that repeats, some text that repeats".repeat(100);
        let one = gz(&text);
        assert_eq!(all(one.clone()), (text.clone(), true));
        let two = [one.clone(), one.clone()].concat();
        assert_eq!(all(two), ([text.clone(), text.clone()].concat(), true));
        for cut in 3..one.len() {
            let (out, ok) = all(one[..cut].to_vec());
            assert!(!ok && text.starts_with(&out), "cut at {cut}");
        }
    }
}
