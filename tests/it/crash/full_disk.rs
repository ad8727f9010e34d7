//! An archive on a file system that is too small.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Size, assert_account, assert_same, assert_sound, contents, export, import_args};
use crate::support::{arg, temp, tunnelql};

/// A mounted memory file system; unmounted when dropped.
struct Tiny(PathBuf);

impl Tiny {
    /// `None` where mounting is not allowed.
    fn mount(at: &Path, size: &str) -> Option<Self> {
        std::fs::create_dir_all(at).unwrap();
        let done =
            Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs", &arg(at)]).output();
        done.is_ok_and(|o| o.status.success()).then(|| Self(at.to_owned()))
    }

    fn resize(&self, size: &str) {
        let options = format!("remount,size={size}");
        let done = Command::new("mount").args(["-o", &options, &arg(&self.0)]).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
}

impl Drop for Tiny {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).output();
    }
}

#[test]
fn a_full_disk_is_said_and_the_import_goes_on_later() {
    let dir = temp();
    let (source, truth) = export(dir.path(), "export", 31, Size::SomeCommits);
    let clean = dir.path().join("clean");
    tunnelql(import_args(&clean, &[&source])).ok();
    let expected = contents(&clean);
    let mut refused = 0;
    // Full at different moments: before the first commit, between commits.
    for size in ["64k", "160k", "300k"] {
        let at = dir.path().join(format!("disk-{size}"));
        let Some(disk) = Tiny::mount(&at, size) else {
            println!("skipped: mounting a file system is not allowed here");
            return;
        };
        let archive = at.join("archive");
        let args = import_args(&archive, &[&source]);
        let out = tunnelql(&args);
        if out.code != 0 {
            refused += 1;
            assert_eq!(out.code, 3, "{size}: {}", out.stderr);
            let said = out.stderr.to_ascii_lowercase();
            assert!(said.contains("no space left"), "{size}: {}", out.stderr);
            assert!(!said.contains("panicked"), "{size}: {}", out.stderr);
        }
        disk.resize("64m");
        tunnelql(&args).ok();
        assert_sound(&archive, size);
        assert_account(&archive, &truth, size);
        assert_same(&contents(&archive), &expected, size);
    }
    assert!(refused >= 2, "only {refused} imports met a full disk");
}
