//! Base64, URL encoding and digests.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use ring::digest;
use twox_hash::XxHash64;

use crate::call::{Call, Function};
use crate::error::KqlError;
use crate::functions::bind::{Want, argument, count, simple, unsupported};
use crate::functions::convert::TICKS_TO_1970;
use crate::functions::{Kernel, function};
use crate::types::{Kind, Typed};
use crate::values::json::Json;

/// The functions of this file.
pub static LIST: &[Function] = &[
    function(
        "base64_encode_tostring",
        &["base64_encodestring"],
        |c| text(c, "kql_base64_encode", |b| b.texts(|r, out| STANDARD.encode_string(b.text(0, r), out))),
        ("base64_encode_tostring(text)", "The text in base64."),
        Some(("base64_encode_tostring('Kusto')", "S3VzdG8=")),
    ),
    function(
        "base64_decode_tostring",
        &["base64_decodestring"],
        |c| {
            text(c, "kql_base64_decode", |b| {
                b.texts(|r, out| {
                    let bytes = STANDARD.decode(b.text(0, r)).unwrap_or_default();
                    out.push_str(std::str::from_utf8(&bytes).unwrap_or_default());
                })
            })
        },
        ("base64_decode_tostring(text)", "The text that base64 stands for; nothing when it is no UTF-8."),
        Some(("base64_decode_tostring('S3VzdG8=')", "Kusto")),
    ),
    function(
        "base64_decode_toarray",
        &[],
        |c| {
            simple(c, "kql_base64_decode_toarray", &[Want::Text], 1, Kind::Dynamic, |b| {
                b.dynamics(|r| match STANDARD.decode(b.text(0, r)) {
                    Ok(bytes) => Json::Array(bytes.into_iter().map(|x| Json::Long(i64::from(x))).collect()),
                    Err(_) => Json::Null,
                })
            })
        },
        ("base64_decode_toarray(text)", "The bytes that base64 stands for."),
        Some(("base64_decode_toarray('QUI=')", "[65,66]")),
    ),
    function(
        "base64_encode_fromarray",
        &[],
        |c| {
            simple(c, "kql_base64_encode_fromarray", &[Want::Dynamic], 1, Kind::String, |b| {
                b.texts(|r, out| {
                    let array = b.json(0, r);
                    let byte = |i: &Json| match i {
                        Json::Long(n) => u8::try_from(*n).ok(),
                        _ => None,
                    };
                    if let Some(bytes) = array.items().and_then(|i| i.iter().map(byte).collect::<Option<Vec<u8>>>()) {
                        STANDARD.encode_string(bytes, out);
                    }
                })
            })
        },
        ("base64_encode_fromarray(array)", "Bytes in base64."),
        Some(("base64_encode_fromarray(dynamic([65,66]))", "QUI=")),
    ),
    function(
        "url_encode",
        &[],
        |c| text(c, "kql_url_encode", |b| b.texts(|r, out| encode(b.text(0, r), true, out))),
        ("url_encode(text)", "The text with everything escaped that has no place in a URL; a space becomes +."),
        Some(("url_encode('a b/c')", "a+b%2fc")),
    ),
    function(
        "url_encode_component",
        &[],
        |c| text(c, "kql_url_encode_component", |b| b.texts(|r, out| encode(b.text(0, r), false, out))),
        ("url_encode_component(text)", "The text with everything escaped that has no place in a URL."),
        Some(("url_encode_component('a b/c')", "a%20b%2fc")),
    ),
    function(
        "url_decode",
        &[],
        |c| {
            text(c, "kql_url_decode", |b| {
                b.texts(|r, out| {
                    let plain = b.text(0, r).replace('+', " ");
                    out.push_str(&percent_decode_str(&plain).decode_utf8_lossy());
                })
            })
        },
        ("url_decode(text)", "The text that an escaped one stands for."),
        Some(("url_decode('a%20b')", "a b")),
    ),
    function(
        "hash",
        &["hash_xxhash64"],
        hash,
        ("hash(value, [modulus])", "The xxHash64 of a string or datetime, as its remainder when a modulus is given."),
        Some(("hash('World')", "1846988464401551951")),
    ),
    function(
        "hash_md5",
        &[],
        |c| text(c, "kql_hash_md5", |b| b.texts(|r, out| hex(&Md5::digest(b.text(0, r)), out))),
        ("hash_md5(text)", "The MD5 digest of the text."),
        Some(("hash_md5('World')", "f5a7924e621e84c9280a9a27e1bcb7f6")),
    ),
    function(
        "hash_sha1",
        &[],
        |c| {
            text(c, "kql_hash_sha1", |b| {
                b.texts(|r, out| {
                    hex(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, b.text(0, r).as_bytes()).as_ref(), out)
                })
            })
        },
        ("hash_sha1(text)", "The SHA-1 digest of the text."),
        Some(("hash_sha1('World')", "70c07ec18ef89c5309bbb0937f3a6342411e1fdd")),
    ),
    function(
        "hash_sha256",
        &[],
        |c| {
            text(c, "kql_hash_sha256", |b| {
                b.texts(|r, out| hex(digest::digest(&digest::SHA256, b.text(0, r).as_bytes()).as_ref(), out))
            })
        },
        ("hash_sha256(text)", "The SHA-256 digest of the text."),
        Some(("hash_sha256('World')", "78ae647dc5544d227130a0682a51e30bc7777fbb6d8a8f17007463a3ecd1d524")),
    ),
];

/// What stands in a URL as it is, besides letters and digits.
const ESCAPED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'!').remove(b'*').remove(b'(').remove(b')');

fn encode(text: &str, plus: bool, out: &mut String) {
    for piece in utf8_percent_encode(text, ESCAPED) {
        match piece {
            "%20" if plus => out.push('+'),
            // Escapes are in lower case, as the engine's are.
            _ if piece.starts_with('%') => out.push_str(&piece.to_ascii_lowercase()),
            _ => out.push_str(piece),
        }
    }
}

fn hex(bytes: &[u8], out: &mut String) {
    use std::fmt::Write as _;
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(out, "{byte:02x}");
    }
}

fn text(call: &Call<'_>, name: &'static str, kernel: Kernel) -> Result<Typed, KqlError> {
    simple(call, name, &[Want::Text], 1, Kind::String, kernel)
}

fn hash(call: &Call<'_>) -> Result<Typed, KqlError> {
    count(call, 1, 2)?;
    let kind = argument(call, 0)?.kind;
    if !matches!(kind, Kind::String | Kind::Datetime) {
        return Err(unsupported(call, format!("of a {kind}")));
    }
    simple(call, "kql_hash", &[Want::Any, Want::Whole], 1, Kind::Long, |b| {
        b.longs(|row| {
            let hash = match b.kind(0) {
                Kind::Datetime => {
                    let ticks = b.long(0, row)?.div_euclid(100) + TICKS_TO_1970;
                    XxHash64::oneshot(0, &ticks.to_le_bytes())
                }
                _ => XxHash64::oneshot(0, b.text(0, row).as_bytes()),
            };
            if b.count() < 2 {
                return Some(hash.cast_signed());
            }
            let modulus = u64::try_from(b.long(1, row)?).ok()?;
            i64::try_from(hash.checked_rem(modulus)?).ok()
        })
    })
}
