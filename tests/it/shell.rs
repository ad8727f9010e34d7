//! The shell at a real pseudo-terminal: what a person types, and what stands on the screen.
#![cfg(unix)]

use std::{
    io::{Read, Write},
    num::NonZero,
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::support::{arg, import, root, sample, temp};

/// What a test waits for at most; the machine may be busy with others.
const PATIENCE: Duration = Duration::from_secs(60);

fn nonzero(n: u16) -> NonZero<u16> {
    NonZero::new(n).unwrap()
}

/// Whether the last line is a prompt that nothing was typed at.
fn at_prompt(text: &str) -> bool {
    text.trim_end().lines().last().is_some_and(|l| l.trim_end().ends_with('>'))
}

/// A terminal with the shell in it.
struct Terminal {
    screen: Arc<Mutex<vt100::Parser>>,
    /// Every byte that came, for what must never reach a terminal.
    raw: Arc<Mutex<Vec<u8>>>,
    keys: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn MasterPty + Send>,
}

impl Terminal {
    /// Starts the shell over some data, with its own home.
    fn new(home: &Path, columns: u16, data: &Path, more: &[(&str, &str)]) -> Self {
        let size = PtySize { rows: 30, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_tunnelql"));
        command.args(["--data", &arg(data)]);
        command.cwd(root());
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy().to_ascii_uppercase();
            if ["TUNNELQL", "AZURE", "NO_COLOR", "CLICOLOR", "PAGER", "LESS", "EDITOR", "VISUAL", "XDG"]
                .iter()
                .any(|p| text.starts_with(p))
            {
                command.env_remove(name);
            }
        }
        command.env("HOME", home);
        command.env("XDG_STATE_HOME", home.join("state"));
        command.env("XDG_CONFIG_HOME", home.join("config"));
        command.env("TERM", "xterm-256color");
        for (name, value) in more {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let screen = Arc::new(Mutex::new(vt100::Parser::new(nonzero(30), nonzero(columns), 0)));
        let raw = Arc::new(Mutex::new(Vec::new()));
        let mut output = pair.master.try_clone_reader().unwrap();
        let (shown, all) = (Arc::clone(&screen), Arc::clone(&raw));
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(n @ 1..) = output.read(&mut buffer) {
                shown.lock().unwrap().process(&buffer[..n]);
                all.lock().unwrap().extend_from_slice(&buffer[..n]);
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Terminal { screen, raw, keys, child, _master: pair.master }
    }

    fn text(&self) -> String {
        self.screen.lock().unwrap().screen().contents()
    }

    /// Presses keys.
    fn keys(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Types a line and Enter.
    fn line(&mut self, text: &str) {
        self.keys(text);
        self.keys("\r");
    }

    /// Types a line at a prompt that waits for it, and sees what was typed before Enter.
    #[track_caller]
    fn say(&mut self, text: &str) {
        self.prompt();
        self.keys(text);
        self.until("what was typed", |shown| !at_prompt(shown));
        self.keys("\r");
    }

    #[track_caller]
    fn until(&self, what: &str, seen: impl Fn(&str) -> bool) -> String {
        let begin = Instant::now();
        loop {
            let text = self.text();
            if seen(&text) {
                return text;
            }
            assert!(begin.elapsed() < PATIENCE, "waiting for {what}, the screen is\n{text}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until a text stands on the screen.
    #[track_caller]
    fn sees(&self, wanted: &str) -> String {
        self.until(wanted, |text| text.contains(wanted))
    }

    /// Waits until the last line is a prompt that nothing was typed at.
    #[track_caller]
    fn prompt(&self) -> String {
        self.until("the prompt", at_prompt)
    }

    #[track_caller]
    fn leaves(mut self) {
        self.prompt();
        self.keys("\x04");
        let begin = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                assert!(status.success(), "{status:?}: {}", self.text());
                return;
            }
            assert!(begin.elapsed() < PATIENCE, "Ctrl-D did not leave: {}", self.text());
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

#[test]
fn statements_errors_and_odd_texts() {
    let home = temp();
    let mut t = Terminal::new(home.path(), 80, &sample("blobs"), &[]);
    let text = t.prompt();
    assert!(text.starts_with("tunnelql ") && text.contains(".help"), "{text}");
    assert!(text.trim_end().ends_with("blobs>"), "{text}");
    // A statement goes on until its semicolon.
    t.say("SELECT gateway,");
    t.line("  remote_ip AS peer_of");
    t.line("FROM tunnel_log LIMIT 2;");
    let text = t.sees("2 rows");
    assert!(text.contains("peer_of") && text.contains("VPNGW-"), "{text}");
    t.sees(" s\n");
    // An error points at its place and says what may be meant.
    t.say("SELECT gatway FROM tunnel_log;");
    let text = t.sees("did you mean");
    assert!(text.contains("gateway") && text.contains("^^^^^^"), "{text}");
    t.say(".tabels");
    t.sees("did you mean .tables?");
    // Wide characters keep the columns straight.
    t.say("SELECT '日本語' AS a, 'z' AS b;");
    let text = t.sees("│ 日本語");
    let at = |text: &str, what: &str| {
        let line = text.lines().rev().find(|l| l.contains(what)).unwrap().to_owned();
        line.chars().map(|c| if c.is_ascii() || c == '│' { 1 } else { 2 }).sum::<usize>()
    };
    assert_eq!(at(&text, "│ 日本語"), at(&text, "│ varchar"), "{text}");
    // What a log says cannot act on the terminal.
    t.say("SELECT chr(27) || ']0;owned' || chr(7) || chr(27) || '[2J' AS hostile;");
    let text = t.sees("owned");
    assert!(text.contains("日本語"), "the screen was cleared: {text}");
    t.prompt();
    assert!(!t.raw.lock().unwrap().windows(4).any(|w| w == b"\x1b]0;"), "an escape sequence went through");
    // A bracketed paste of several statements runs them all.
    t.keys("\x1b[200~SELECT 11 AS first_pasted;\nSELECT 22 AS second_pasted;\x1b[201~");
    t.line("");
    t.until("both results", |text| text.contains(" 11 │") && text.contains(" 22 │"));
    // Ctrl-C clears a line.
    t.keys("SELECT nonsense");
    t.sees("SELECT nonsense");
    t.keys("\x03");
    t.say("SELECT 'still ' || 'here';");
    t.sees("still here");
    t.leaves();
}

#[test]
fn history_outlives_the_shell_without_secrets() {
    let home = temp();
    let mut t = Terminal::new(home.path(), 80, &sample("blobs"), &[]);
    t.prompt();
    t.say("SELECT 'first' || '_kept';");
    t.sees("first_kept");
    t.say("SELECT 'sig=' || 'unkept';");
    t.sees("sig=unkept");
    t.leaves();
    let file = home.path().join("state/tunnelql/history");
    let kept = std::fs::read_to_string(&file).unwrap();
    assert!(kept.contains("'_kept'") && !kept.contains("unkept"), "{kept}");
    assert!(!root().join(".history").exists());
    let mut t = Terminal::new(home.path(), 80, &sample("blobs"), &[]);
    t.prompt();
    t.keys("\x1b[A");
    t.sees("SELECT 'first' || '_kept';");
    t.keys("\r");
    t.sees("first_kept");
    t.prompt();
    // Ctrl-R searches.
    t.keys("\x12");
    t.keys("_kep");
    t.sees("reverse-i-search");
    t.keys("\x03");
    t.say(".history");
    t.until("the list", |text| text.matches("'_kept'").count() >= 2);
    t.leaves();
}

#[test]
fn a_heavy_statement_is_cancelled_at_once() {
    let home = temp();
    let mut t = Terminal::new(home.path(), 80, &sample("blobs"), &[]);
    t.prompt();
    for round in 0..2 {
        t.say("SELECT count(*) FROM generate_series(1, 10000000) a, generate_series(1, 10000000) b WHERE a.value * b.value = 7;");
        // Progress is shown, so that it runs.
        t.until("progress", |text| {
            ["| ", "/ ", "- ", "\\ "].iter().any(|s| text.lines().last().is_some_and(|l| l.starts_with(s)))
        });
        let begin = Instant::now();
        t.keys("\x03");
        t.until("the word", |text| text.matches("cancelled").count() > round);
        // 100 ms is what it takes; the rest is for a machine that is busy with other tests.
        assert!(begin.elapsed() < Duration::from_secs(3), "{:?}", begin.elapsed());
        t.prompt();
    }
    // A second Ctrl-C harms nothing, and the next statement does not wait for the cancelled ones.
    t.keys("\x03");
    t.until("a new prompt", |text| text.contains("blobs>\nblobs>") || text.contains("blobs> \nblobs>"));
    t.say("SELECT count(*) AS rows_of_all FROM tunnel_log;");
    t.sees("│          26 │");
    t.leaves();
}

#[test]
fn ranges_charts_repetition_and_pages() {
    let home = temp();
    let mut t = Terminal::new(home.path(), 100, &sample("blobs"), &[("TUNNELQL_PAGER", "sed s/^/paged:/")]);
    t.prompt();
    t.say(".now 2026-03-11T12:00:00Z");
    t.sees("2026-03-11 12:00:00");
    t.say(".last 7d");
    t.sees("blobs [last 7d]>");
    t.say("SELECT count(*) AS in_range FROM tunnel_log;");
    t.sees("│       26 │");
    t.say(".last 1h");
    t.sees("blobs [last 1h]>");
    t.say("SELECT count(*) AS in_hour FROM tunnel_log;");
    t.sees("│       0 │");
    t.say(".last off");
    t.sees("all times");
    t.say("SELECT gateway, count(*) AS n FROM ike_log GROUP BY 1 ORDER BY 1;");
    t.sees("857");
    t.say(".chart bars");
    t.until("bars", |text| text.contains('█') || text.contains('▇') || text.contains('━'));
    t.prompt();
    t.say("SELECT 'again' || '_and_again' AS w;");
    t.sees("again_and_again");
    t.say(".watch 0.2");
    t.until("repetitions", |text| text.matches("│ again_and_again │").count() >= 3);
    t.keys("\x03");
    t.sees("cancelled");
    t.prompt();
    // Longer than the screen: through the pager.
    t.say(".maxrows all");
    t.say("SELECT value FROM generate_series(1, 60);");
    let text = t.sees("paged:60 rows");
    assert!(text.contains("paged:│     60 │"), "{text}");
    // Shorter: straight to it.
    t.say("SELECT 'short' || '_result';");
    t.sees("│ short_result");
    t.say(".history 1");
    t.leaves();
}

#[test]
fn names_and_values_are_completed() {
    let home = temp();
    let archive = home.path().join("archive");
    import(&archive, &sample("blobs"), &[]);
    let mut t = Terminal::new(home.path(), 100, &archive, &[]);
    t.prompt();
    t.keys("SELECT remote_i\t");
    // Before FROM any table may be meant; after it only one is.
    t.keys("\x15");
    t.keys("SELECT count(*) AS rows_of_peer FROM tunnel_log WHERE remote_\t");
    t.sees("WHERE remote_ip");
    // Values come in the background.
    let begin = Instant::now();
    loop {
        t.keys(" = '203.0.113.1\t");
        std::thread::sleep(Duration::from_millis(300));
        if t.text().contains("'203.0.113.1'") {
            break;
        }
        assert!(begin.elapsed() < PATIENCE, "{}", t.text());
        // Takes back what was typed.
        t.keys(&"\x7f".repeat(" = '203.0.113.1".len()));
        std::thread::sleep(Duration::from_millis(300));
    }
    t.line(";");
    t.sees("│           10 │");
    t.prompt();
    // A command whose answer is short: a long one would wait in the pager.
    t.keys(".versio\t");
    t.sees("> .version");
    t.line("");
    t.leaves();
}

#[test]
fn an_import_that_is_cancelled_harms_nothing() {
    let home = temp();
    let archive = home.path().join("archive");
    let mut t = Terminal::new(home.path(), 100, &archive, &[]);
    t.prompt();
    t.say(&format!(".import {}", arg(sample("blobs"))));
    // While the line is still being read, Ctrl-C is a key and no signal.
    std::thread::sleep(Duration::from_millis(200));
    t.keys("\x03");
    t.keys("\x03");
    t.prompt();
    // Whether it was in time or not, importing again makes it whole.
    t.say(&format!(".import {}", arg(sample("blobs"))));
    t.until("the import", |text| text.contains("commits") || text.contains("1 commit"));
    t.prompt();
    t.say("SELECT count(*) AS rows_of_all FROM ike_log;");
    t.sees("│        1804 │");
    t.leaves();
    let out = crate::support::tunnelql(["verify", "--data", &arg(&archive)]);
    assert!(out.code == 0 && out.stderr.contains("sound: 1955 rows"), "{out:?}");
}

#[test]
fn the_startup_file_and_the_editor() {
    let home = temp();
    let config = home.path().join("config/tunnelql");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(
        config.join("init.tql"),
        ".timing off\nCREATE VIEW from_start AS SELECT 'view_' || 'of_start' AS w;\n",
    )
    .unwrap();
    let editor = home.path().join("editor.sh");
    std::fs::write(&editor, "#!/bin/sh\nsed -i s/of_start/edited/ \"$1\"\n").unwrap();
    let run = format!("sh {}", arg(&editor));
    // The one that is set comes before $VISUAL.
    let editors = [("TUNNELQL_EDITOR", run.as_str()), ("VISUAL", "false"), ("TUNNELQL_ASCII", "true")];
    let mut t = Terminal::new(home.path(), 100, &sample("blobs"), &editors);
    t.prompt();
    t.say("SELECT w FROM from_start;");
    t.sees("| view_of_start |");
    t.say("SELECT 'view_' || 'of_start' AS w;");
    t.until("the result", |text| text.matches("| view_of_start |").count() == 2);
    t.say(".edit");
    t.sees("SELECT 'view_' || 'edited' AS w;");
    t.keys("\r");
    t.sees("| view_edited |");
    assert!(!t.text().contains(" s\n"), "timing is off: {}", t.text());
    t.leaves();
}
