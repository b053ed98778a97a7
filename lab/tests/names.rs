//! The widget `names`: a list of the reader's own, and weights.

use lab::view;
use lab::widgets::names::{drop_weights, give_list, give_weights, save};

fn summary(query: &str) -> String {
    view("names", query).unwrap().summary
}

fn problem(query: &str) -> (String, String) {
    let problem = view("names", query).unwrap_err();
    (problem.control, problem.message)
}

#[test]
fn it_says_what_it_understood_and_learns_it() {
    assert_eq!(
        summary(""),
        "45 documents of 46 different characters; the longest has 16: Andorra la Vella. \
         Nothing is learnt yet; in the list: 0 of 20 samples."
    );
    give_list("\u{feff}Oslo\r\nRome\r\nOslo\r\n".as_bytes());
    let learnt = summary("steps=250&step=250&temperature=0.1");
    assert!(learnt.starts_with("3 documents of 7 different characters; the longest has 4: Oslo. After 250"));
    assert!(learnt.ends_with("; in the list: 20 of 20 samples."), "{learnt}");
    let figure = view("names", "steps=250&step=250").unwrap().figure.into_string();
    for note in ["its byte order mark is taken off: it is no letter.", "1 document stood there before."] {
        assert!(figure.contains(note), "{figure}");
    }
    // Nothing again: the capitals
    give_list(b"");
    assert!(summary("").starts_with("45 documents"));
}

#[test]
fn bad_lists_and_beginnings_have_a_clear_word() {
    for (list, said) in [
        (&b"\n \n"[..], "This list holds no document; put one on each line."),
        (b"zo\xeb", "This list is not UTF-8 text: byte 2 does not fit; save it as UTF-8."),
        (b"a\0b", "This list is no text: byte 1 is 0; give a text file with one document per line."),
        (&vec![b'a'; (32 << 20) + 1], "This list is longer than 32 MiB; give a part of it."),
    ] {
        give_list(list);
        assert_eq!(problem(""), ("list".to_owned(), said.to_owned()));
    }
    give_list("שלום\n🦀\n".as_bytes());
    assert!(summary("begin=של&step=20").contains("After 20 of"));
    let (control, message) = problem("begin=Q");
    assert_eq!(control, "begin");
    assert!(message.starts_with("Nothing begins so: the character 'Q' of"), "{message}");
    let (control, message) = problem("block=8&begin=שלוםשלום");
    assert_eq!((&*control, message.contains("at most 7")), ("begin", true), "{message}");
    assert_eq!(problem("width=8&heads=1&layers=3").0, "layers");
}

#[test]
fn the_run_before_stays_beside_the_new_one() {
    let keys =
        |query: &str| view("names", query).unwrap().figure.into_string().matches("the run before").count();
    assert_eq!(keys("step=100&steps=250"), 0);
    assert_eq!(keys("step=50&steps=250"), 0);
    assert_eq!(keys("step=50&steps=250&width=8"), 1);
}

/// What the page's script reads of a file: its header as a query, and the data.
fn header(file: &[u8]) -> (String, Vec<u8>) {
    let length = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
    let data = &file[8 + length..];
    let (_, read) = safetensors::SafeTensors::read_metadata(file).unwrap();
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(read.metadata().as_ref().unwrap());
    for (name, info) in read.tensors() {
        let [rows, cols] = info.shape[..] else { panic!("{name} is no matrix") };
        let (begin, end) = info.data_offsets;
        query.append_pair("tensor", &format!("{name} {:?} {rows} {cols} {begin} {end}", info.dtype));
    }
    (query.finish(), data.to_vec())
}

#[test]
fn weights_that_were_saved_are_loaded_again() {
    give_list("a\"b\\c\nzoë\n\u{1f}🦀\tx\n".as_bytes());
    let trained = summary("step=250&steps=250&temperature=0.3");
    let of = |text: &str| text.rsplit("; ").next().unwrap().to_owned();
    let figure = |query: &str| view("names", query).unwrap().figure.into_string();
    let samples =
        |figure: &str| figure.split("<ol").nth(1).unwrap().split("</ol>").next().unwrap().to_owned();
    let before = samples(&figure("step=250&steps=250&temperature=0.3"));
    let file = save();
    let (query, data) = header(&file);

    // In another size, and yet the same model
    give_weights(&query, &data).unwrap();
    let loaded = "width=8&temperature=0.3";
    assert_eq!(samples(&figure(loaded)), before);
    assert_eq!(of(&summary(loaded)), of(&trained));
    assert_eq!(save(), file);
    // It learns on.
    assert!(summary("step=10").contains("After 10 of 1000 steps"));
    // From another list it cannot.
    give_list(b"wxyz\n");
    assert!(
        figure("step=10").contains("These weights cannot learn from this list: a document cannot be encoded")
    );
    drop_weights();
    assert!(summary("step=10").contains("After 10 of 1000 steps"));

    for (from, to, said) in [
        ("n_embd=16", "n_embd=x", "its n_embd is not a whole number"),
        ("n_embd=16", "n=16", "its metadata lack n_embd"),
        (
            "n_head=4",
            "n_head=3",
            "n_embd 16 cannot be divided among n_head 3 heads; make it a multiple of n_head",
        ),
        ("n_layer=1", "n_layer=2", "it has no whole tensor layer1.attn_wq of type F64 [16, 16]"),
        ("wte+F64", "wte+F32", "it has no whole tensor wte of type F64 [12, 16]"),
    ] {
        assert!(query.contains(from), "{query}");
        assert_eq!(give_weights(&query.replace(from, to), &data), Err(said.to_owned()));
    }
    assert!(give_weights(&query, &data[..data.len() - 1]).is_err());
    let mut damaged = data.clone();
    damaged[..8].copy_from_slice(&f64::NAN.to_le_bytes());
    assert_eq!(give_weights(&query, &damaged), Err("one of its weights is not a finite number".to_owned()));
}
