//! A file that nobody lists does nothing, silently.

use crate::{File, assert_none, repository};

/// A folder whose files are entries of one list.
struct Registry {
    folder: &'static str,
    /// Where the list is.
    list: &'static str,
    /// What an entry's file has and its helpers have not.
    mark: &'static str,
    /// How the list names an entry; `*` is the file's name.
    entry: &'static str,
}

const REGISTRIES: &[Registry] = &[
    Registry { folder: "src/cli/commands", list: "src/cli/mod.rs", mark: "impl ", entry: "(commands::*::" },
    Registry { folder: "src/render/formats", list: "src/render/formats/mod.rs", mark: "SPEC: Spec", entry: "=> *," },
    Registry { folder: "src/rules/formats", list: "src/rules/formats/mod.rs", mark: "SPEC: Spec", entry: "*::SPEC" },
    Registry { folder: "src/render/chart", list: "src/render/chart/mod.rs", mark: "SPEC: Spec", entry: "=> *," },
    Registry {
        folder: "src/shell/commands",
        list: "src/shell/commands/mod.rs",
        mark: "COMMAND: Command",
        entry: "    *,\n",
    },
    Registry {
        folder: "src/parse/formats",
        list: "src/parse/formats/mod.rs",
        mark: "DEFINITION: Definition",
        entry: "*::DEFINITION,",
    },
    Registry {
        folder: "src/tables/system",
        list: "src/tables/system/mod.rs",
        mark: "TABLE: SystemTable",
        entry: "*::TABLE",
    },
    Registry {
        folder: "src/tables/analysis",
        list: "src/tables/analysis/mod.rs",
        mark: "TABLE: AnalysisTable",
        entry: "*::TABLE",
    },
    Registry {
        folder: "src/report/sections",
        list: "src/report/sections/mod.rs",
        mark: "SECTION: Spec",
        entry: "*::SECTION,",
    },
    Registry {
        folder: "src/simulate/scenarios",
        list: "src/simulate/scenarios/mod.rs",
        mark: "ENTRY: Entry",
        entry: "*::ENTRY",
    },
    Registry {
        folder: "src/simulate/categories",
        list: "src/simulate/categories/mod.rs",
        mark: "pub(super) fn",
        entry: "=> *::",
    },
    Registry {
        folder: "udfs/src/functions/azure",
        list: "udfs/src/functions/mod.rs",
        mark: "FUNCTION: Function",
        entry: "azure::*::FUNCTION,",
    },
    Registry {
        folder: "udfs/src/functions/ike",
        list: "udfs/src/functions/mod.rs",
        mark: "FUNCTION: Function",
        entry: "ike::*::FUNCTION,",
    },
    Registry {
        folder: "udfs/src/functions/json",
        list: "udfs/src/functions/mod.rs",
        mark: "FUNCTION: Function",
        entry: "json::*::FUNCTION,",
    },
    Registry {
        folder: "udfs/src/functions/p2s",
        list: "udfs/src/functions/mod.rs",
        mark: "FUNCTION: Function",
        entry: "p2s::*::FUNCTION,",
    },
    Registry {
        folder: "udfs/src/functions/tunnel",
        list: "udfs/src/functions/mod.rs",
        mark: "FUNCTION: Function",
        entry: "tunnel::*::FUNCTION,",
    },
    Registry {
        folder: "kql/src/functions/dynamics",
        list: "kql/src/functions/mod.rs",
        mark: "LIST: &[Function]",
        entry: "dynamics::*::LIST,",
    },
    Registry {
        folder: "kql/src/functions/numbers",
        list: "kql/src/functions/mod.rs",
        mark: "LIST: &[Function]",
        entry: "numbers::*::LIST,",
    },
    Registry {
        folder: "kql/src/functions/strings",
        list: "kql/src/functions/mod.rs",
        mark: "LIST: &[Function]",
        entry: "strings::*::LIST,",
    },
    Registry {
        folder: "kql/src/functions/times",
        list: "kql/src/functions/mod.rs",
        mark: "LIST: &[Function]",
        entry: "times::*::LIST,",
    },
    Registry {
        folder: "kql/src/functions",
        list: "kql/src/functions/mod.rs",
        mark: "LIST: &[Function]",
        entry: "    *::LIST,",
    },
    Registry {
        folder: "kql/src/aggregates",
        list: "kql/src/aggregates/mod.rs",
        mark: "LIST: &[Aggregate]",
        entry: "*::LIST",
    },
];

fn stem<'a>(file: &'a File, folder: &str) -> Option<&'a str> {
    let name = file.path.strip_prefix(folder)?.strip_prefix('/')?.strip_suffix(".rs")?;
    (!name.contains('/') && name != "mod").then_some(name)
}

fn check(files: &[File], registry: &Registry) -> Vec<String> {
    let Some(list) = files.iter().find(|f| f.path == registry.list) else {
        return vec![format!("{} is missing", registry.list)];
    };
    let (mut entries, mut findings) = (0, Vec::new());
    for file in files {
        let Some(name) = stem(file, registry.folder).filter(|_| file.text.contains(registry.mark)) else { continue };
        entries += 1;
        if !list.text.contains(&registry.entry.replace('*', name)) {
            findings.push(format!("{} is not in the list in {}", file.path, registry.list));
        }
    }
    if entries == 0 {
        findings.push(format!("{} has no file with '{}'", registry.folder, registry.mark));
    }
    findings
}

/// Every file is a module of its parent's.
fn orphans(files: &[File]) -> Vec<String> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|f| f.is_rust() && f.path.contains("src/")) {
        let inside = file.path.strip_suffix("/mod.rs").or_else(|| file.path.strip_suffix(".rs")).unwrap_or(&file.path);
        let Some((folder, name)) = inside.rsplit_once('/') else { continue };
        if ["lib", "main"].contains(&name) {
            continue;
        }
        let candidates = [format!("{folder}/mod.rs"), format!("{folder}/lib.rs"), format!("{folder}.rs")];
        let declared = format!("mod {name};");
        // A list that declares its modules itself is held by the rule above.
        let listed = |f: &File| f.text.contains("mod $file;") && f.text.contains(&format!("    {name},\n"));
        if !files.iter().any(|f| candidates.contains(&f.path) && (f.text.contains(&declared) || listed(f))) {
            findings.push(format!("{} is a module of nothing", file.path));
        }
    }
    findings
}

#[test]
fn every_entry_is_listed() {
    let files = repository();
    for registry in REGISTRIES {
        assert_none(&check(&files, registry));
    }
}

#[test]
fn every_file_is_a_module() {
    assert_none(&orphans(&repository()));
}

#[test]
fn a_forgotten_file_is_found() {
    let registry = Registry { folder: "src/a", list: "src/a/mod.rs", mark: "TABLE: T", entry: "*::TABLE" };
    let mut files = vec![
        File::new("src/a/mod.rs", "mod one;\nmod helper;\n[one::TABLE]"),
        File::new("src/a/one.rs", "pub const TABLE: T = 1;"),
        File::new("src/a/helper.rs", ""),
        File::new("src/lib.rs", "mod a;"),
    ];
    assert_none(&check(&files, &registry));
    assert_none(&orphans(&files));
    files.push(File::new("src/a/two.rs", "pub const TABLE: T = 2;"));
    assert_eq!(check(&files, &registry).len(), 1);
    assert_eq!(orphans(&files), ["src/a/two.rs is a module of nothing"]);
    assert_eq!(check(&files[2..], &registry), ["src/a/mod.rs is missing"]);
    assert_eq!(check(&[File::new("src/a/mod.rs", "")], &registry).len(), 1);
}
