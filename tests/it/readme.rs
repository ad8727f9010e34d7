//! What README.md shows is what happens: its commands are run, and what stands below them is compared.

use std::path::Path;
use std::process::Command;

use crate::support::{finish, root, temp};

/// The contents of the fenced blocks of one language, in order.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(fence) = line.strip_prefix("```") {
            let inside: Vec<&str> = lines.by_ref().take_while(|l| *l != "```").collect();
            if fence == language {
                found.push(inside.join("\n"));
            }
        }
    }
    found
}

/// Commands with the output below them.
fn shown(block: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix("$ "), found.last_mut()) {
            (Some(command), _) => found.push((command.to_owned(), String::new())),
            (None, Some((_, output))) => output.extend([line, "\n"]),
            (None, None) => panic!("a block of commands begins with '{line}'"),
        }
    }
    found
}

/// Times differ from run to run.
fn without_times(text: &str) -> String {
    text.lines().filter(|l| !l.starts_with("read ")).map(|l| format!("{l}\n")).collect()
}

/// `sh -c` in a folder that has the sample data, with the binary first in PATH.
fn shell(folder: &Path, line: &str) -> Command {
    let binary = Path::new(env!("CARGO_BIN_EXE_tunnelql")).parent().unwrap().to_owned();
    let old = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(binary).chain(std::env::split_paths(&old))).unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", line]).current_dir(folder).env("PATH", path);
    command.env_remove("TUNNELQL_DATA").stdin(std::process::Stdio::null());
    command
}

#[cfg(unix)]
#[test]
fn what_the_readme_shows_is_what_happens() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let folder = temp();
    std::os::unix::fs::symlink(root().join("sample_data"), folder.path().join("sample_data")).unwrap();
    let shown: Vec<_> = blocks(&readme, "console").iter().flat_map(|b| shown(b)).collect();
    assert!(shown.len() >= 8, "{shown:?}");
    for (line, expected) in shown {
        let out = finish(&mut shell(folder.path(), &line));
        assert_eq!(out.code, 0, "{line}: {}", out.stderr);
        assert_eq!(without_times(&format!("{}{}", out.stderr, out.stdout)), without_times(&expected), "{line}");
    }
    let plain: Vec<String> =
        blocks(&readme, "sh").iter().flat_map(|b| b.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    assert!(plain.len() >= 4, "{plain:?}");
    for line in plain {
        let out = finish(&mut shell(folder.path(), &line));
        assert_eq!(out.code, 0, "{line}: {}", out.stderr);
    }
    let Some(python) = std::env::var_os("TUNNELQL_TEST_PYTHON") else {
        eprintln!("SKIPPED: the Python example; TUNNELQL_TEST_PYTHON names no Python with deltalake");
        return;
    };
    for program in blocks(&readme, "python") {
        let out = finish(Command::new(&python).args(["-c", &program]).current_dir(folder.path()));
        assert_eq!(out.stdout.trim(), "26", "{}", out.stderr);
    }
}

#[test]
fn blocks_and_commands_are_found() {
    let text = "a\n```sh\nx\ny\n```\n```console\n$ one\nout 1\nout 2\n$ two\n```\n";
    assert_eq!(blocks(text, "sh"), ["x\ny"]);
    let console = blocks(text, "console");
    let expected = [("one".to_owned(), "out 1\nout 2\n".to_owned()), ("two".to_owned(), String::new())];
    assert_eq!(shown(&console[0]), expected);
    assert_eq!(without_times("a\nread       1 B in 2 s\n"), "a\n");
}
