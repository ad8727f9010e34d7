//! The page in a real browser, where there is one: nothing runs, nothing is fetched, and what should move does.
//!
//! Chromium prints the page after its scripts ran (`--dump-dom`). A probe is put into a copy of the page, with its own hash in the
//! policy; it works the controls as a reader would and writes what it saw into the page's title.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::hostile;
use crate::support::{arg, finish, sample, temp, tunnelql};

fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    std::env::split_paths(&path).flat_map(|dir| names.map(|n| dir.join(n))).find(|p| p.is_file())
}

/// Counts attacks, mistakes and fetches from the first moment on; later works the controls.
const WATCH: &str = r##"
window.seen = { attacks: 0, errors: [], blocked: [] };
window.attacked = () => { seen.attacks += 1; };
addEventListener("error", e => seen.errors.push(String(e.message || (e.target && e.target.outerHTML))), true);
addEventListener("securitypolicyviolation", e => seen.blocked.push(e.violatedDirective + " " + e.blockedURI));
addEventListener("load", () => {
  const q = s => document.querySelector(s);
  const act = (name, f) => { try { seen[name] = f(); } catch (e) { seen.errors.push(name + ": " + e.message); } };
  act("sort", () => {
    const table = q("#incidents table[data-sort]");
    if (!table) return null;
    const button = [...table.tHead.rows[0].cells].find(c => c.className === "n").firstChild;
    const at = button.parentNode.cellIndex;
    const values = () => [...table.tBodies[0].rows].map(r => Number(r.cells[at].dataset.v));
    button.click();
    const up = values();
    button.click();
    const down = values();
    return up.every((v, i) => !i || up[i - 1] <= v) && down.every((v, i) => !i || down[i - 1] >= v) && up[0] < down[0];
  });
  act("filter", () => {
    const field = q("#incidents input.filter");
    if (!field) return null;
    const rows = [...q("#incidents table").tBodies[0].rows];
    field.value = "osaka policy";
    field.dispatchEvent(new Event("input"));
    return [rows.length, rows.filter(r => r.offsetParent !== null).length];
  });
  act("tip", () => {
    const shape = q("#timeline [data-tip]");
    if (!shape) return null;
    const box = shape.getBoundingClientRect();
    shape.dispatchEvent(new PointerEvent("pointermove", { bubbles: true, clientX: box.left, clientY: box.top }));
    const tip = q(".tip");
    return !tip.classList.contains("hidden") && tip.textContent === shape.getAttribute("data-tip");
  });
  act("zoom", () => {
    const button = q("[data-zoom=in]");
    if (!button) return null;
    const place = e => e.classList.contains("hidden") ? -1 : parseFloat(e.getAttribute("x") || e.getAttribute("transform").split("(")[1]);
    const shown = () => [...document.querySelectorAll("#timeline .plot [data-a]")].map(place);
    const same = (a, b) => a.every((v, i) => Math.abs(v - b[i]) < 0.25);
    const before = shown();
    button.click();
    const after = shown();
    q("[data-zoom=all]").click();
    return [!same(before, after), same(before, shown())];
  });
  act("open", () => {
    const link = q("#summary li a[href^='#i-']");
    if (!link) return null;
    location.hash = link.getAttribute("href");
    dispatchEvent(new Event("hashchange"));
    return document.getElementById(link.getAttribute("href").slice(1)).open;
  });
  act("width", () => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  act("dead", () => [...document.querySelectorAll("a[href^='#']")].filter(a => !document.getElementById(a.getAttribute("href").slice(1))).length);
  act("fetched", () => performance.getEntriesByType("resource").map(e => e.name));
  setTimeout(() => { document.title = "SEEN" + JSON.stringify(seen); }, 200);
});
"##;

/// What the probe saw in a page, in a window of so many pixels.
fn seen(browser: &Path, folder: &Path, page: &Path, width: u32) -> Value {
    let hash = STANDARD.encode(ring::digest::digest(&ring::digest::SHA256, WATCH.as_bytes()));
    let html = fs::read_to_string(page).unwrap();
    let probed = html.replacen("script-src ", &format!("script-src 'sha256-{hash}' "), 1).replacen(
        "<meta name=\"viewport\"",
        &format!("<script>{WATCH}</script><meta name=\"viewport\""),
        1,
    );
    assert!(probed.len() > html.len() + WATCH.len());
    let copy = folder.join(format!("probed-{width}.html"));
    fs::write(&copy, probed).unwrap();
    let mut command = Command::new(browser);
    command
        .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--dump-dom", "--virtual-time-budget=5000"])
        .arg(format!("--window-size={width},900"))
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg(format!("file://{}", copy.display()));
    let dom = finish(&mut command).ok();
    let title = dom.split("<title>SEEN").nth(1).and_then(|t| t.split("</title>").next());
    let title = title.unwrap_or_else(|| panic!("the probe did not end: {}", &dom[..dom.len().min(2000)]));
    let text = title.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", "\u{a0}").replace("&amp;", "&");
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

fn assert_harmless(seen: &Value) {
    for (key, want) in [("attacks", "0"), ("errors", "[]"), ("blocked", "[]"), ("fetched", "[]"), ("dead", "0")] {
        assert_eq!(seen[key].to_string(), want, "{key}: {seen}");
    }
    assert!(seen["width"].as_i64().unwrap() <= 0, "wider than the window: {seen}");
}

#[test]
fn a_page_works_in_a_browser_and_only_shows() {
    let Some(browser) = chromium() else {
        println!("no Chromium: nothing was tried");
        return;
    };
    let folder = temp();
    let page = folder.path().join("sample.html");
    tunnelql(["report", "--data", &arg(sample("blobs")), "-o", &arg(&page)]).ok();
    for width in [1200, 500] {
        let seen = seen(&browser, folder.path(), &page, width);
        assert_harmless(&seen);
        for (key, want) in
            [("sort", "true"), ("filter", "[13,2]"), ("tip", "true"), ("zoom", "[true,true]"), ("open", "true")]
        {
            assert_eq!(seen[key].to_string(), want, "{key}: {seen}");
        }
    }
    let hostile = hostile::export(folder.path());
    for format in ["html", "markdown"] {
        let page = folder.path().join("hostile").with_extension(if format == "html" { "html" } else { "md" });
        tunnelql(["report", "--data", &arg(&hostile), "-o", &arg(&page)]).ok();
        let text = fs::read_to_string(&page).unwrap();
        assert!(text.matches("attacked").count() > 100, "the payloads are in the page");
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'));
        if format == "html" {
            assert_harmless(&seen(&browser, folder.path(), &page, 1200));
        } else {
            assert_eq!(markup(&text), Vec::<String>::new());
        }
    }
}

/// What of a Markdown text is HTML, a picture or a link elsewhere, apart from the report's own anchors and Microsoft's pages.
fn markup(text: &str) -> Vec<String> {
    use pulldown_cmark::{Event, Options, Parser, Tag};
    let found = Parser::new_ext(text, Options::ENABLE_TABLES).filter_map(|event| match event {
        Event::Html(html) | Event::InlineHtml(html) => {
            let own = html.starts_with("<a id=\"i-") || html.starts_with("<a id=\"negotiation-") || &*html == "</a>";
            (!own).then(|| html.into_string())
        }
        Event::Start(Tag::Image { dest_url, .. }) => Some(dest_url.into_string()),
        Event::Start(Tag::Link { dest_url, .. }) => {
            let own = dest_url.starts_with('#') || dest_url.starts_with("https://learn.microsoft.com/");
            (!own).then(|| dest_url.into_string())
        }
        _ => None,
    });
    found.collect()
}

#[test]
fn markup_is_found() {
    let text = "<b>x</b> [a](http://b) ![c](d) [e](#f) \\<i> `<u>`\n\n```\n<s>\n```\n";
    assert_eq!(markup(text), ["<b>", "</b>", "http://b", "d"]);
}

/// Without a browser too: of each payload nothing is left that is markup.
#[test]
fn no_payload_is_markup() {
    let folder = temp();
    let hostile = arg(hostile::export(folder.path()));
    let html = tunnelql(["report", "--data", &hostile]).ok();
    assert_eq!(html.matches("<script").count(), 1);
    for payload in hostile::PAYLOADS.iter().filter(|p| p.contains('<')) {
        assert!(!html.contains(payload), "{payload}");
    }
    assert!(html.contains("&lt;script&gt;attacked()&lt;/script&gt;"));
}
