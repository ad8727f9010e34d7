//! Results longer than the screen go through a pager; shorter ones go straight to the terminal.

use std::io::{self, Write};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Chops long lines, passes colours, leaves when all fits and keeps the text on the screen.
const DEFAULT: &str = "less -SRFX";

/// Pagers that are open.
static OPEN: AtomicUsize = AtomicUsize::new(0);
/// When the last one was closed.
static CLOSED: Mutex<Option<Instant>> = parking_lot::const_mutex(None);

/// Whether a Ctrl-C that was just noticed was pressed in a pager, whose matter it is. While one is open nothing else runs on
/// the thread that listens, so the signal may be noticed only after it was closed.
pub fn took_interrupt() -> bool {
    const NOTICED_WITHIN: Duration = Duration::from_millis(100);
    OPEN.load(Ordering::SeqCst) > 0 || CLOSED.lock().is_some_and(|at| at.elapsed() < NOTICED_WITHIN)
}

/// Waits for a Ctrl-C that is not a pager's.
pub async fn interrupted() {
    loop {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without a way to listen the signal ends the process by itself.
            return std::future::pending().await;
        }
        if !took_interrupt() {
            return;
        }
    }
}

/// The pager to use: the one that is set, `$PAGER`, `less`; `None` for `off`, `cat` or nothing.
pub fn usual(set: Option<&str>) -> Option<String> {
    let set = set.map(str::to_owned).or_else(|| std::env::var("PAGER").ok());
    let chosen = set.as_deref().unwrap_or(DEFAULT).trim();
    (!matches!(chosen, "" | "off" | "cat")).then(|| chosen.to_owned())
}

/// An output that holds text back until it is longer than the screen, and then opens the pager. Dropping it waits until the
/// pager is closed.
pub struct Paged {
    command: String,
    /// Lines of the screen.
    lines: usize,
    state: State,
    direct: Box<dyn Write + Send>,
}

enum State {
    /// Text of so many lines, not written yet.
    Held(Vec<u8>, usize),
    Pager(Child),
    Direct,
}

impl Paged {
    /// Writes to `direct` what fits `lines` lines, and to `command` what does not.
    pub fn new(command: String, lines: usize, direct: Box<dyn Write + Send>) -> Self {
        Paged { command, lines, state: State::Held(Vec::new(), 0), direct }
    }

    fn start(&self) -> io::Result<Child> {
        // Without a shell where none is needed: it would start even when the pager is not there.
        let plain = |c: char| c.is_alphanumeric() || " -_./+=:,%@".contains(c);
        let mut words = self.command.split_whitespace();
        let mut command = match words.next() {
            Some(program) if self.command.chars().all(plain) => {
                let mut command = Command::new(program);
                command.args(words);
                command
            }
            _ => {
                let (shell, option) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
                let mut command = Command::new(shell);
                command.args([option, &self.command]);
                command
            }
        };
        if std::env::var_os("LESS").is_none() {
            command.env("LESS", "-SRFX");
        }
        if std::env::var_os("LESSCHARSET").is_none() {
            command.env("LESSCHARSET", "utf-8");
        }
        command.stdin(Stdio::piped()).spawn()
    }

    /// Opens the pager, or where there is none writes straight on.
    fn open(&mut self) -> io::Result<()> {
        let State::Held(held, _) = std::mem::replace(&mut self.state, State::Direct) else { return Ok(()) };
        match self.start() {
            Ok(child) => {
                OPEN.fetch_add(1, Ordering::SeqCst);
                self.state = State::Pager(child);
            }
            Err(e) => {
                // The default is a guess; only a pager that was asked for is missed.
                if self.command != DEFAULT {
                    super::talk(&format!("tunnelql: cannot start the pager '{}': {e}", self.command));
                }
            }
        }
        self.write_all(&held)
    }
}

impl Write for Paged {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.state {
            State::Held(held, lines) => {
                held.extend_from_slice(bytes);
                *lines += memchr::memchr_iter(b'\n', bytes).count();
                // The last line of the screen is the prompt's.
                if *lines + 1 > self.lines {
                    self.open()?;
                }
                Ok(bytes.len())
            }
            State::Pager(child) => match &mut child.stdin {
                Some(input) => input.write(bytes),
                None => Err(io::ErrorKind::BrokenPipe.into()),
            },
            State::Direct => self.direct.write(bytes),
        }
    }

    /// The end of a result: what is held back fits the screen.
    fn flush(&mut self) -> io::Result<()> {
        match &mut self.state {
            State::Held(held, _) => {
                let held = std::mem::take(held);
                self.state = State::Direct;
                self.direct.write_all(&held)?;
                self.direct.flush()
            }
            State::Pager(child) => child.stdin.as_mut().map_or(Ok(()), Write::flush),
            State::Direct => self.direct.flush(),
        }
    }
}

impl Drop for Paged {
    fn drop(&mut self) {
        if let State::Pager(child) = &mut self.state {
            drop(child.stdin.take());
            // However it ends, it is over.
            let _ = child.wait();
            *CLOSED.lock() = Some(Instant::now());
            OPEN.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[derive(Clone, Default)]
    struct Screen(Arc<Mutex<Vec<u8>>>);

    impl Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What the screen and the pager got.
    fn page(text: &str, lines: usize) -> (String, String) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("paged");
        let screen = Screen::default();
        let mut out = Paged::new(format!("cat > '{}'", file.display()), lines, Box::new(screen.clone()));
        for line in text.split_inclusive('\n') {
            out.write_all(line.as_bytes()).unwrap();
        }
        out.flush().unwrap();
        drop(out);
        let paged = std::fs::read_to_string(file).unwrap_or_default();
        (String::from_utf8(screen.0.lock().clone()).unwrap(), paged)
    }

    #[test]
    fn only_what_is_longer_than_the_screen_is_paged() {
        let text = "a\nb\nc\n";
        assert_eq!(page(text, 4), (text.to_owned(), String::new()));
        assert_eq!(page(text, 3), (String::new(), text.to_owned()));
        assert_eq!(page("", 3), (String::new(), String::new()));
        let long = "line\n".repeat(100_000);
        assert_eq!(page(&long, 24), (String::new(), long));
    }

    #[test]
    fn a_pager_closed_early_is_a_closed_pipe() {
        let mut out = Paged::new("head -n 1 > /dev/null".to_owned(), 3, Box::new(io::sink()));
        let error = (0..1_000_000).find_map(|_| out.write_all(b"line of some length\n").err());
        assert_eq!(error.unwrap().kind(), io::ErrorKind::BrokenPipe);
        assert!(took_interrupt(), "while it is open, Ctrl-C is the pager's");
    }

    #[test]
    fn without_a_pager_nothing_is_lost() {
        let screen = Screen::default();
        let mut out = Paged::new("no-such-pager-anywhere -x".to_owned(), 2, Box::new(screen.clone()));
        out.write_all(b"a\nb\nc\n").unwrap();
        out.write_all(b"d\n").unwrap();
        out.flush().unwrap();
        drop(out);
        assert_eq!(*screen.0.lock(), b"a\nb\nc\nd\n");
    }
}
