//! The rooms of this crate: reading knows nothing of judging, and no two files import each other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use regex::Regex;

/// The modules, by path (`read::page`), with the text of each.
fn modules(folder: &Path, prefix: &str, found: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{prefix}{}", path.file_stem().unwrap().to_string_lossy());
        if path.is_dir() {
            modules(&path, &format!("{name}::"), found);
        } else if !name.ends_with("mod") && name != "lib" {
            found.insert(name, std::fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn reading_does_not_judge_and_no_two_files_import_each_other() {
    let mut texts = BTreeMap::new();
    modules(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut texts);
    let path = Regex::new(r"crate::((?:\w+::)*)(?:\{([^}]*)\}|(\w+))").unwrap();
    let imports = |text: &str| -> BTreeSet<&String> {
        let named = path.captures_iter(text).flat_map(|found| {
            let names = found.get(2).or(found.get(3)).map_or("", |names| names.as_str());
            let start = found[1].to_string();
            names.split(',').map(move |name| format!("{start}{}", name.trim())).collect::<Vec<_>>()
        });
        let within = |named: &str, module: &str| named == module || named.starts_with(&format!("{module}::"));
        named.filter_map(|named| texts.keys().find(|module| within(&named, module))).collect()
    };
    let graph: BTreeMap<&String, BTreeSet<&String>> =
        texts.iter().map(|(module, text)| (module, imports(text))).collect();
    assert!(graph.values().any(|imports| imports.len() > 5), "no imports were found");
    for (module, imports) in &graph {
        let judges =
            imports.iter().find(|other| module.starts_with("read::") && !other.starts_with("read::"));
        assert_eq!(judges.filter(|other| **other != "problem"), None, "{module} imports it");
    }
    // Taking away what imports nothing that is left must take away everything.
    let mut left = graph.clone();
    while let Some(leaf) = left
        .iter()
        .find(|(module, imports)| imports.iter().all(|other| other == *module || !left.contains_key(*other)))
        .map(|(module, _)| *module)
    {
        left.remove(leaf);
    }
    assert!(left.is_empty(), "these import each other: {:?}", left.keys().collect::<Vec<_>>());
}
