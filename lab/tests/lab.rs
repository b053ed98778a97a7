//! The widgets answer everything, and the pages have the widgets of these sources.

use std::path::Path;

use proptest::prelude::*;

#[test]
fn the_built_lab_is_that_of_these_sources() {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../course/assets/lab/microgpt_lab_bg.wasm");
    let bytes = std::fs::read(&built).unwrap();
    let hash = lab::SOURCES.as_bytes();
    assert!(bytes.windows(hash.len()).any(|window| window == hash), "the built lab is old: run lab/build");
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

proptest! {
    #[test]
    fn no_widget_panics_whatever_its_controls_say(text in "\\PC{0,40}|[a-z]{0,30}|.*", which in 0..100_usize) {
        let (name, widget) = lab::widgets::ALL[which % lab::widgets::ALL.len()];
        let controls = widget.controls();
        let control = controls[which % controls.len()].name;
        let value: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
        drop(lab::view(name, &format!("{control}={value}")));
        drop(lab::view(name, &text));
    }
}
