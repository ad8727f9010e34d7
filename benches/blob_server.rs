//! A blob service for `benches/blob.py` alone: it holds a folder in memory and answers what tunnelql asks of a container,
//! List Blobs and Get Blob with ranges, over connections that stay open. No signature is checked and nothing is written.
//! It exists so that a client can be measured with a server that is not the limit. Nothing but the standard library:
//!
//!     rustc -O --edition 2024 benches/blob_server.rs && ./blob_server CONTAINER FOLDER [MILLISECONDS]
//!
//! It prints the port that it listens at, of 127.0.0.1. Each answer waits for so many milliseconds, as over a network.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

type Blobs = BTreeMap<String, Vec<u8>>;

/// Entries of a page, as Azure has them.
const PAGE: usize = 5_000;
const WHEN: &str = "Tue, 10 Mar 2026 00:00:00 GMT";

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [container, folder, delay @ ..] = arguments.as_slice() else {
        return Err(std::io::Error::other("expected CONTAINER FOLDER [MILLISECONDS]"));
    };
    let delay = delay.first().and_then(|d| d.parse().ok()).map_or(Duration::ZERO, Duration::from_millis);
    let mut blobs = Blobs::new();
    take(Path::new(folder), Path::new(folder), &mut blobs)?;
    let (blobs, container) = (Arc::new(blobs), Arc::new(container.clone()));
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?.port());
    for client in listener.incoming() {
        let (client, blobs, container) = (client?, Arc::clone(&blobs), Arc::clone(&container));
        // A client that hangs up is no matter.
        std::thread::spawn(move || _ = serve(client, &container, &blobs, delay));
    }
    Ok(())
}

/// Every file below a folder, by its path.
fn take(root: &Path, folder: &Path, into: &mut Blobs) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            take(root, &path, into)?;
        } else if let Ok(below) = path.strip_prefix(root) {
            into.insert(below.to_string_lossy().into_owned(), std::fs::read(&path)?);
        }
    }
    Ok(())
}

fn serve(client: TcpStream, container: &str, blobs: &Blobs, delay: Duration) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    let mut reader = BufReader::new(client.try_clone()?);
    let mut out = client;
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first)? == 0 {
            return Ok(());
        }
        let mut range = None;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            if name.eq_ignore_ascii_case("range") || name.eq_ignore_ascii_case("x-ms-range") {
                range = Some(value.trim().to_owned());
            }
        }
        std::thread::sleep(delay);
        let target = first.split(' ').nth(1).unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        // The account is the first part of the path, whatever its name.
        let path = decoded(path);
        let rest = path.trim_start_matches('/').split_once('/').map_or("", |(_, rest)| rest);
        let (asked, name) = rest.split_once('/').unwrap_or((rest, ""));
        let is_head = first.starts_with("HEAD");
        if asked != container {
            error(&mut out, is_head, 404, "ContainerNotFound")?;
        } else if query.split('&').any(|p| p == "comp=list") {
            let xml = list(blobs, query);
            write!(out, "HTTP/1.1 200 OK\r\nDate: {WHEN}\r\nContent-Length: {}\r\n\r\n{xml}", xml.len())?;
        } else if let Some(bytes) = blobs.get(name) {
            get(&mut out, is_head, bytes, range.as_deref())?;
        } else {
            error(&mut out, is_head, 404, "BlobNotFound")?;
        }
    }
}

fn error(out: &mut TcpStream, is_head: bool, status: u16, code: &str) -> std::io::Result<()> {
    let body = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{code}</Message></Error>");
    let shown = if is_head { "" } else { body.as_str() };
    write!(out, "HTTP/1.1 {status} x\r\nx-ms-error-code: {code}\r\nContent-Length: {}\r\n\r\n{shown}", body.len())
}

fn get(out: &mut TcpStream, is_head: bool, bytes: &[u8], range: Option<&str>) -> std::io::Result<()> {
    let asked = range.and_then(|r| r.strip_prefix("bytes=")?.split_once('-'));
    let asked = asked.and_then(|(from, to)| Some((from.parse::<usize>().ok()?, to.parse().unwrap_or(usize::MAX - 1))));
    let (status, part, place) = match asked {
        Some((from, _)) if from >= bytes.len() => return error(out, is_head, 416, "InvalidRange"),
        Some((from, to)) => {
            let to = bytes.len().min(to + 1);
            (206, &bytes[from..to], format!("Content-Range: bytes {from}-{}/{}\r\n", to - 1, bytes.len()))
        }
        None => (200, bytes, String::new()),
    };
    let head = format!(
        "HTTP/1.1 {status} OK\r\nContent-Length: {}\r\n{place}ETag: \"0x1\"\r\nLast-Modified: {WHEN}\r\n\r\n",
        part.len()
    );
    out.write_all(head.as_bytes())?;
    if is_head { Ok(()) } else { out.write_all(part) }
}

/// A page of a listing: of blobs, and of folders where a delimiter is given.
fn list(blobs: &Blobs, query: &str) -> String {
    let parameter = |name: &str| {
        let pair = query.split('&').find_map(|p| p.strip_prefix(name)?.strip_prefix('='));
        pair.map(decoded).unwrap_or_default()
    };
    let (prefix, marker, by_folder) = (parameter("prefix"), parameter("marker"), !parameter("delimiter").is_empty());
    let from = if marker > prefix { &marker } else { &prefix };
    let (mut xml, mut folder, mut count, mut next) = (String::new(), String::new(), 0, "");
    for (name, bytes) in blobs.range::<str, _>((Bound::Included(from.as_str()), Bound::Unbounded)) {
        let Some(below) = name.strip_prefix(&prefix) else { break };
        let of = below.split_once('/').filter(|_| by_folder).map(|(folder, _)| format!("{prefix}{folder}/"));
        if of.as_ref() == Some(&folder) {
            continue;
        }
        if count == PAGE {
            next = name;
            break;
        }
        count += 1;
        // Writing into a text does not fail.
        _ = match of {
            Some(new) => {
                folder = new;
                write!(xml, "<BlobPrefix><Name>{folder}</Name></BlobPrefix>")
            }
            None => write!(
                xml,
                "<Blob><Name>{name}</Name><Properties><Last-Modified>{WHEN}</Last-Modified><Etag>0x1</Etag>\
                 <Content-Length>{}</Content-Length><Content-Type>x</Content-Type><BlobType>AppendBlob</BlobType>\
                 </Properties></Blob>",
                bytes.len()
            ),
        };
    }
    format!(
        "<?xml version=\"1.0\"?><EnumerationResults><Blobs>{xml}</Blobs><NextMarker>{next}</NextMarker>\
         </EnumerationResults>"
    )
}

fn decoded(text: &str) -> String {
    let (mut out, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, after @ ..] = rest {
        let digit = |at: usize| (after.get(at).copied().unwrap_or_default() as char).to_digit(16);
        if let (b'%', Some(high), Some(low)) = (first, digit(0), digit(1)) {
            out.push((high * 16 + low) as u8);
            rest = &after[2..];
        } else {
            out.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
