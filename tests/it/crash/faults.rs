//! A store that fails at its k-th write, for every k, in the three ways a store can fail; and a healthy one afterwards.

use std::fmt;
use std::ops::Range;
use std::path::Path as FilePath;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMultipartOptions,
    PutOptions, PutPayload, PutResult, RenameOptions, Result, UploadPart,
};
use serde_json::Value;
use tunnelql::archive::{Archive, CompactOptions, compact};
use tunnelql::engine::{Engine, EngineOptions};
use tunnelql::import::{ImportOptions, Progress, import};
use tunnelql::store::Location;

use super::{Size, assert_account, assert_same, assert_sound, contents, copy_folder, export};
use crate::support::temp;

/// How the store fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failing {
    /// The write does not happen; later ones do.
    Refused,
    /// The write happens, but the answer is lost.
    AnswerLost,
    /// Nothing works any more from this write on.
    Gone,
}

/// Counts writes and fails at one of them.
#[derive(Debug)]
struct Plan {
    at: u64,
    failing: Failing,
    writes: AtomicU64,
    fired: AtomicU64,
}

fn broken() -> object_store::Error {
    object_store::Error::Generic { store: "faulty", source: "synthetic fault".into() }
}

impl Plan {
    /// Whether the store is gone.
    fn check(&self) -> Result<()> {
        let gone = self.failing == Failing::Gone && self.writes.load(Ordering::SeqCst) > self.at;
        if gone { Err(broken()) } else { Ok(()) }
    }

    /// `true`: do it and then say that it failed.
    fn write(&self) -> Result<bool> {
        let number = self.writes.fetch_add(1, Ordering::SeqCst);
        let hit = number == self.at || (self.failing == Failing::Gone && number > self.at);
        if !hit {
            return Ok(false);
        }
        self.fired.fetch_add(1, Ordering::SeqCst);
        if self.failing == Failing::AnswerLost { Ok(true) } else { Err(broken()) }
    }
}

#[derive(Debug)]
struct Faulty {
    inner: Arc<dyn ObjectStore>,
    plan: Arc<Plan>,
}

impl fmt::Display for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("faulty store")
    }
}

fn answer<T>(lost: bool, value: T) -> Result<T> {
    if lost { Err(broken()) } else { Ok(value) }
}

#[async_trait]
impl ObjectStore for Faulty {
    async fn put_opts(&self, location: &Path, payload: PutPayload, opts: PutOptions) -> Result<PutResult> {
        let lost = self.plan.write()?;
        answer(lost, self.inner.put_opts(location, payload, opts).await?)
    }

    async fn put_multipart_opts(&self, location: &Path, opts: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        let lost = self.plan.write()?;
        let upload = self.inner.put_multipart_opts(location, opts).await?;
        answer(lost, Box::new(FaultyUpload { upload, plan: Arc::clone(&self.plan) }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.plan.check()?;
        self.inner.get_opts(location, options).await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.plan.check()?;
        self.inner.get_ranges(location, ranges).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        match self.plan.check() {
            Ok(()) => self.inner.delete_stream(locations),
            Err(e) => Box::pin(futures::stream::iter([Err(e)])),
        }
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        match self.plan.check() {
            Ok(()) => self.inner.list(prefix),
            Err(e) => Box::pin(futures::stream::iter([Err(e)])),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.plan.check()?;
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        let lost = self.plan.write()?;
        answer(lost, self.inner.copy_opts(from, to, options).await?)
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        let lost = self.plan.write()?;
        answer(lost, self.inner.rename_opts(from, to, options).await?)
    }
}

#[derive(Debug)]
struct FaultyUpload {
    upload: Box<dyn MultipartUpload>,
    plan: Arc<Plan>,
}

#[async_trait]
impl MultipartUpload for FaultyUpload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        self.upload.put_part(data)
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let lost = self.plan.write()?;
        answer(lost, self.upload.complete().await?)
    }

    async fn abort(&mut self) -> Result<()> {
        self.upload.abort().await
    }
}

/// Which work meets the fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    Import,
    Compact,
}

/// Does the work over a store that fails as planned, or not at all.
fn run(work: Work, archive: &FilePath, source: &FilePath, plan: Option<&Arc<Plan>>) -> std::result::Result<(), String> {
    let mut place = Location::parse(archive.to_str().unwrap()).unwrap();
    if let Some(plan) = plan {
        place.store = Arc::new(Faulty { inner: Arc::clone(&place.store), plan: Arc::clone(plan) });
    }
    let source = Location::parse(source.to_str().unwrap()).unwrap();
    let engine =
        Engine::new(&EngineOptions { data: vec![place.clone()], threads: 2, ..EngineOptions::default() }).unwrap();
    let (handle, context) = (engine.handle(), engine.task_context());
    match work {
        Work::Import => {
            let options = ImportOptions { memory_limit: 1 << 20, threads: 1, ..ImportOptions::default() };
            import(&place, &[source], &options, &context, &Progress::default(), &handle)
                .map(drop)
                .map_err(|e| e.to_string())
        }
        Work::Compact => {
            let options = CompactOptions::default();
            let mut archive = handle.block_on(Archive::open(&place)).map_err(|e| e.to_string())?;
            let compacted = handle.block_on(compact(&mut archive, &options, &context, &mut |_, _| {}));
            compacted.map(drop).map_err(|e| e.to_string())
        }
    }
}

/// Fails at every write of `work` on a copy of `base`, each time recovers, and compares with the undisturbed result.
fn enumerate(work: Work, base: Option<&FilePath>, source: &FilePath, truth: Option<&Value>, failing: Failing) {
    let dir = temp();
    let begin = |name: &str| {
        let archive = dir.path().join(name);
        if let Some(base) = base {
            copy_folder(base, &archive);
        }
        archive
    };
    let never = || Arc::new(Plan { at: u64::MAX, failing, writes: AtomicU64::new(0), fired: AtomicU64::new(0) });
    let (clean, counted) = (begin("clean"), never());
    run(work, &clean, source, Some(&counted)).unwrap();
    let writes = counted.writes.load(Ordering::SeqCst);
    let expected = contents(&clean);
    assert!(writes >= 5, "{writes} writes are too few to be a test");
    let (mut failed, mut went_on) = (0, 0);
    for at in 0..writes {
        let what = format!("{work:?}, {failing:?} at write {at} of {writes}");
        let archive = begin("archive");
        let plan = Arc::new(Plan { at, ..Arc::into_inner(never()).unwrap() });
        match run(work, &archive, source, Some(&plan)) {
            Err(said) => {
                failed += 1;
                assert!(said.contains("synthetic fault"), "{what}: the cause is not said: {said}");
            }
            Ok(()) => went_on += 1,
        }
        assert!(plan.fired.load(Ordering::SeqCst) > 0, "{what}: the fault did not fire");
        run(work, &archive, source, None).unwrap_or_else(|e| panic!("{what}: cannot go on: {e}"));
        if work == Work::Compact {
            run(Work::Import, &archive, source, None).unwrap_or_else(|e| panic!("{what}: cannot import: {e}"));
        }
        assert_sound(&archive, &what);
        if at % 8 == 0 || at + 3 > writes {
            if let Some(truth) = truth {
                assert_account(&archive, truth, &what);
            }
            assert_same(&contents(&archive), &expected, &what);
        }
        std::fs::remove_dir_all(&archive).unwrap();
    }
    println!("{work:?}, {failing:?}: {writes} writes, {failed} runs failed, {went_on} went on");
}

/// An archive with so many commits that the work's next one brings a checkpoint of the log.
fn before_a_checkpoint(root: &FilePath) -> std::path::PathBuf {
    let base = root.join("base");
    let empty = root.join("empty.json");
    // Each import of a blank line that was not there before is a commit without rows.
    let mut text = String::new();
    while super::commits(&base) < 19 {
        text.push('\n');
        std::fs::write(&empty, &text).unwrap();
        run(Work::Import, &base, &empty, None).unwrap();
    }
    base
}

#[test]
fn every_write_of_an_import_refused() {
    let dir = temp();
    let (source, truth) = export(dir.path(), "export", 41, Size::TwoCommits);
    enumerate(Work::Import, None, &source, Some(&truth), Failing::Refused);
}

#[test]
fn every_write_of_an_import_without_an_answer() {
    let dir = temp();
    let (source, truth) = export(dir.path(), "export", 42, Size::TwoCommits);
    enumerate(Work::Import, None, &source, Some(&truth), Failing::AnswerLost);
}

#[test]
fn the_store_goes_away_at_every_write_of_an_import() {
    let dir = temp();
    let (source, truth) = export(dir.path(), "export", 43, Size::OneCommit);
    enumerate(Work::Import, None, &source, Some(&truth), Failing::Gone);
}

#[test]
fn every_write_around_a_checkpoint_of_the_log() {
    let dir = temp();
    let (source, _) = export(dir.path(), "export", 44, Size::OneCommit);
    let base = before_a_checkpoint(dir.path());
    for failing in [Failing::Refused, Failing::AnswerLost] {
        enumerate(Work::Import, Some(&base), &source, None, failing);
    }
}

#[test]
fn every_write_of_a_compaction() {
    let dir = temp();
    let (source, truth) = export(dir.path(), "export", 45, Size::OneCommit);
    let base = dir.path().join("base");
    for hours in ["h=0*", "h=1*"] {
        run(Work::Import, &base, &source.join(format!("**/{hours}/**")), None).unwrap();
    }
    run(Work::Import, &base, &source, None).unwrap();
    for failing in [Failing::Refused, Failing::AnswerLost, Failing::Gone] {
        enumerate(Work::Compact, Some(&base), &source, Some(&truth), failing);
    }
}
