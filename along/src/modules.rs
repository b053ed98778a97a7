//! Modules that need no server. A page that is opened as a file may load neither modules nor workers nor WebAssembly
//! from other files, but from `data:` addresses it may: each module gets one, and holds those of all that it needs.
//! Workers take such an address with the help of `opened.js`, which stands in each page.

use anyhow::{Context, Result, ensure};
use base64::{Engine, prelude::BASE64_STANDARD};
use regex::{Captures, Regex};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::LazyLock;

use crate::contents::resolve;

/// Comments with types in them, which look like code that loads.
static TYPES: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?s)/\*\*.*?\*/").expect("it is one"));

/// What a module loads: another one by a relative name, or a file beside it, whose name may be computed.
static LOADS: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r#"(?x)
        (?<import>\bfrom\s*|\bimport\s*\(?\s*)["'](?<module>\.{1,2}/[^"']+)["']
        | new\s+URL\(\s*(?:["'](?<file>[^"']+)["']|(?<name>[\w$]+))\s*,\s*import\.meta\.url\s*\)
        | \bimport\(\s*(?<computed>[^"'\s)])"#;
    Regex::new(pattern).expect("it is one")
});

/// So long an address is taken by Chromium.
const LONGEST: usize = 2_000_000;

/// The modules of a folder.
pub struct Modules<'a> {
    files: &'a BTreeMap<String, Vec<u8>>,
    /// The addresses that are known.
    addresses: BTreeMap<String, String>,
    /// Those being made now: one among them that is needed again loads itself.
    making: Vec<String>,
}

/// Whether a file is a module: all scripts are that lie there.
pub fn is_module(path: &str) -> bool {
    path.starts_with("assets/") && (path.ends_with(".js") || path.ends_with(".mjs"))
}

impl<'a> Modules<'a> {
    pub fn new(files: &'a BTreeMap<String, Vec<u8>>) -> Modules<'a> {
        Modules { files, addresses: BTreeMap::new(), making: Vec::new() }
    }

    /// What takes the place of each module that pages load: a script that loads it, with all that it needs.
    ///
    /// # Errors
    ///
    /// When one needs what cannot be found, or what only it can name.
    pub fn scripts(mut self) -> Result<BTreeMap<String, String>> {
        let all: Vec<&str> = self.files.keys().map(String::as_str).filter(|path| is_module(path)).collect();
        let mut needed = BTreeSet::new();
        for path in &all {
            let source = String::from_utf8_lossy(&self.files[*path]);
            for found in LOADS.captures_iter(&without_types(&source)) {
                let name = found.name("module").or(found.name("file"));
                needed.extend(name.and_then(|name| resolve(path, name.as_str())).map(|(path, _)| path));
            }
        }
        let entries = all.into_iter().filter(|path| !needed.contains(*path));
        entries
            .map(|path| {
                let source = self.source_of(path)?;
                let script = format!(
                    "import(URL.createObjectURL(new Blob([decodeURIComponent('{}')], {{ type: 'text/javascript' }})));\n",
                    escape(&source),
                );
                Ok((path.to_owned(), script))
            })
            .collect()
    }

    /// The address under which a file can be loaded everywhere.
    fn address(&mut self, path: &str) -> Result<String> {
        if let Some(known) = self.addresses.get(path) {
            return Ok(known.clone());
        }
        let bytes = self.files.get(path).with_context(|| format!("there is no {path}"))?;
        let address = match is_module(path) {
            true => format!("data:text/javascript,{}", escape(&self.source_of(path)?)),
            false => data(path, bytes),
        };
        ensure!(
            address.len() < LONGEST,
            "{path} and all that it loads are longer than the {LONGEST} letters that a browser takes"
        );
        self.addresses.insert(path.to_owned(), address.clone());
        Ok(address)
    }

    /// A module as it has to be where there is no server.
    fn source_of(&mut self, path: &str) -> Result<String> {
        let bytes = self.files.get(path).with_context(|| format!("there is no {path}"))?;
        ensure!(!self.making.iter().any(|other| other == path), "{path} loads itself");
        self.making.push(path.to_owned());
        let source = self.source(path, &String::from_utf8_lossy(bytes)).with_context(|| path.to_owned())?;
        self.making.pop();
        Ok(source)
    }

    /// A module that loads from addresses.
    fn source(&mut self, path: &str, source: &str) -> Result<String> {
        let source = without_types(source);
        let (mut made, mut rest) = (String::new(), 0);
        for found in LOADS.captures_iter(&source) {
            let whole = found.get(0).context("a match is one")?;
            made += &source[rest..whole.start()];
            made += &self.load(path, &found)?;
            rest = whole.end();
        }
        Ok(made + &source[rest..])
    }

    /// One place where a module loads something.
    fn load(&mut self, path: &str, found: &Captures) -> Result<String> {
        let part = |name| found.name(name).map(|part| part.as_str());
        ensure!(
            part("computed").is_none(),
            "the name of a module is computed here, so the archive cannot hold it: write `import('./name.js')`"
        );
        let mut beside = |name: &str| {
            let (file, _) = resolve(path, name).with_context(|| format!("{name} is not in the book"))?;
            self.address(&file)
        };
        if let Some(module) = part("module") {
            return Ok(format!("{}'{}'", part("import").unwrap_or_default(), beside(module)?));
        }
        if let Some(file) = part("file") {
            return Ok(format!("new URL('{}')", beside(file)?));
        }
        let name = part("name").unwrap_or_default();
        Ok(format!("new URL({}[{name}])", self.folder(path)))
    }

    /// The texts beside a module, as an object from their names to their addresses.
    fn folder(&self, path: &str) -> String {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut object = "({".to_owned();
        for (file, bytes) in self.files {
            let name = file.strip_prefix(folder).and_then(|file| file.strip_prefix('/'));
            let Some(name) = name.filter(|name| !name.contains('/')) else { continue };
            if matches!(kind(name), "application/json" | "text/plain") && !name.ends_with(".txt") {
                write!(object, "'{}':'{}',", escape(name), data(file, bytes))
                    .expect("a string takes everything");
            }
        }
        object + "})"
    }
}

/// A file as an address.
pub fn data(path: &str, bytes: &[u8]) -> String {
    format!("data:{};base64,{}", kind(path), BASE64_STANDARD.encode(bytes))
}

fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "wasm" => "application/wasm",
        "json" => "application/json",
        "woff2" => "font/woff2",
        "svg" => "image/svg+xml",
        "py" | "txt" => "text/plain",
        _ => "application/octet-stream",
    }
}

fn without_types(source: &str) -> String {
    let types = |comment: &Captures| {
        if comment[0].contains("import(") { String::new() } else { comment[0].to_owned() }
    };
    TYPES.replace_all(source, types).into_owned()
}

/// A script as part of an address, and of a string in a script between single quotes.
fn escape(source: &str) -> String {
    source.bytes().fold(String::with_capacity(source.len()), |mut escaped, byte| {
        match byte {
            b'%' | b'#' | b'"' | b'\'' | b'`' | b'\\' | b'<' | b'>' | b'&' | 0..=31 | 127.. => {
                write!(escaped, "%{byte:02X}").expect("a string takes everything");
            }
            byte => escaped.push(byte.into()),
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scripts(files: &[(&str, &str)]) -> Result<BTreeMap<String, String>> {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
        Modules::new(&files).scripts()
    }

    #[test]
    fn a_module_holds_what_it_needs() {
        let made = scripts(&[
            (
                "assets/a/page.js",
                "/** @type {import('./b.js').B} */\nimport { b } from '../b.js'; new Worker(new URL('w.js', import.meta.url)); fetch(new URL(name, import.meta.url));",
            ),
            (
                "assets/a/w.js",
                "const wasm = new URL(\"w.wasm\", import.meta.url); await import(\"node:fs\");",
            ),
            ("assets/a/w.wasm", "\0asm"),
            ("assets/a/one.json", "{}"),
            ("assets/b.js", "export const b = '100 %';"),
        ]);
        let made = made.unwrap();
        assert_eq!(made.keys().collect::<Vec<_>>(), ["assets/a/page.js"]);
        let page = &made["assets/a/page.js"];
        assert!(page.starts_with("import(URL.createObjectURL("), "{page}");
        assert!(!page.contains("import.meta") && !page.contains(".js'") && !page.contains("@type"), "{page}");
        // The wasm stands in the worker, and the worker in the page.
        assert!(page.contains(&BASE64_STANDARD.encode("\0asm")), "{page}");
        assert!(page.contains("one.json") && page.contains("100 %2525"), "{page}");
    }

    #[test]
    fn what_cannot_be_held_is_named() {
        for (text, why) in [
            ("import(name)", "computed"),
            ("import './none.js'", "there is no assets/none.js"),
            ("import './a.js'", "loads itself"),
        ] {
            let error = scripts(&[("assets/a.js", text), ("assets/c.js", "import './a.js'")]).unwrap_err();
            assert!(format!("{error:#}").contains(why), "{text}: {error:#}");
        }
    }
}
