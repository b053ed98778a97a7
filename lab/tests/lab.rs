//! The widgets answer everything, and the pages have the widgets of these sources.

use std::cell::Cell;
use std::fs;
use std::path::Path;

use lab::control::{Control, Kind};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use sha2::{Digest, Sha256};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// What counts of a file: of Rust sources the code, as neither comments nor tests reach the WebAssembly.
fn content(file: &str) -> Vec<u8> {
    let bytes = fs::read(root().join(file)).unwrap_or_default();
    if !file.ends_with(".rs") {
        return bytes;
    }
    let text = String::from_utf8(bytes).unwrap();
    let code = text.lines().take_while(|line| *line != "mod tests {").map(str::trim_start);
    code.filter(|line| !line.starts_with("//")).flat_map(|line| [line, "\n"]).collect::<String>().into_bytes()
}

#[test]
fn the_built_lab_is_that_of_these_sources() {
    let built = fs::read_to_string(root().join("lab/built.sha256")).unwrap();
    let files: Vec<_> = built.lines().map(|line| line.split_once("  ").unwrap()).collect();
    for file in [
        "src/fused/linear.rs",
        "lab/src/page.rs",
        "lab/src/widgets/xray.rs",
        "lab/src/widgets/names.rs",
        "input.txt",
        "course/assets/lab/microgpt_lab_bg.wasm",
        "course/assets/lab/microgpt_living_bg.wasm",
    ] {
        assert!(
            files.iter().any(|(_, known)| *known == file),
            "lab/built.sha256 does not know {file}: run lab/build"
        );
    }
    for (hash, file) in files {
        let now: String = Sha256::digest(content(file)).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(now, hash, "{file} has changed since the lab was built: run lab/build");
    }
}

#[test]
fn the_pages_have_the_scripts_of_lab_js() {
    let scripts = |folder: &str| {
        let entries = fs::read_dir(root().join(folder)).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut scripts: Vec<_> = names.filter(|name| !name.starts_with("microgpt_")).collect();
        scripts.sort();
        scripts
    };
    let written = scripts("lab/js");
    assert_eq!(written, scripts("course/assets/lab"), "run lab/build js");
    for name in written {
        let [written, copied] =
            ["lab/js", "course/assets/lab"].map(|folder| content(&format!("{folder}/{name}")));
        assert!(written == copied, "course/assets/lab/{name} is not lab/js/{name}: run lab/build js");
    }
}

#[test]
fn the_tokenizer_says_what_the_lessons_say() {
    let anna = lab::view("tokenizer", "").unwrap();
    assert_eq!(anna.summary, "anna: 6 tokens, 5 predictions.");
    let cut = lab::view("tokenizer", "name=dorottya").unwrap();
    assert_eq!(
        cut.summary,
        "dorottya: 10 tokens, 9 predictions; the block has 8 positions, so the last one is cut off."
    );
    let zoe = lab::view("tokenizer", "name=zoe&show=characters").unwrap();
    assert_eq!(zoe.summary, "encode zoe → [25, 14, 4], decode [25, 14, 4] → zoe");
}

#[test]
fn an_element_of_another_name_or_with_another_value_is_a_problem() {
    assert!(lab::element("lab-1", "tokeniser", &[]).unwrap_err().message.contains("microgpt-tokenizer"));
    let wrong = lab::element("lab-1", "tokenizer", &[("show".to_owned(), "all".to_owned())]).unwrap_err();
    assert_eq!(wrong.control, "show");
    let unknown = lab::element("lab-1", "tokenizer", &[("nam".to_owned(), "zoe".to_owned())]).unwrap_err();
    assert_eq!(unknown.control, "nam");
}

/// A value that the control takes.
fn valid(control: &Control) -> BoxedStrategy<String> {
    let one_of = |known: &mut dyn Iterator<Item = &'static str>| {
        prop::sample::select(known.map(str::to_owned).collect::<Vec<_>>()).boxed()
    };
    match control.kind {
        // A name, an expression or anything else.
        Kind::Text { max } => {
            let text = prop_oneof!["[a-z]{1,8}", "[abc]([-+*/][abc]){0,5}", "\\PC*"];
            prop_oneof![3 => Just(control.first.clone()), 1 => text]
                .prop_map(move |text| text.chars().take(max).collect())
                .boxed()
        }
        Kind::Range { min, max, .. } | Kind::Whole { min, max } => {
            (min..=max).prop_map(|number| number.to_string()).boxed()
        }
        Kind::Scale(values) => one_of(&mut values.iter().copied()),
        Kind::Choice(choices) => one_of(&mut choices.iter().map(|(choice, _)| *choice)),
        Kind::Check => one_of(&mut ["on", "off"].into_iter()),
    }
}

/// A widget, and values for all of its controls: valid ones, and now and then a wrong one.
fn widget_and_query() -> impl Strategy<Value = (&'static str, String)> {
    (0..lab::widgets::ALL.len()).prop_flat_map(|place| {
        let (name, widget) = lab::widgets::ALL[place];
        let values: Vec<_> = widget
            .controls()
            .into_iter()
            .map(|control| {
                let value = prop_oneof![40 => valid(&control), 1 => ".*".boxed()];
                value.prop_map(move |value| (control.name, value))
            })
            .collect();
        values.prop_map(move |values| {
            (name, form_urlencoded::Serializer::new(String::new()).extend_pairs(values).finish())
        })
    })
}

#[test]
fn no_widget_panics_whatever_its_controls_say() {
    let mut runner = TestRunner::new(ProptestConfig::with_cases(400));
    let shown = Cell::new(0);
    let result = runner.run(&widget_and_query(), |(name, query)| {
        match lab::view(name, &query) {
            Ok(view) => {
                prop_assert!(!view.summary.is_empty() && !view.figure.0.is_empty());
                shown.set(shown.get() + 1);
            }
            Err(problem) => prop_assert!(!problem.message.is_empty()),
        }
        Ok(())
    });
    result.unwrap();
    // About 64 in 100 do: 200 of 400 would be six standard deviations less.
    assert!(shown.get() > 200, "of 400 queries only {} showed something", shown.get());
}
