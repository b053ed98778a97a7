//! The program `examples/microgpt` as its user meets it: what it prints, what it writes, and what it says
//! to bad input: what is wrong and what to do, with exit code 1, or 2 for options that make no sense.

mod program;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::Stdio;

use microgpt::{Parameters, Random, Tokenizer, Trainer, load_docs};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use snapbox::cmd::{Command, OutputAssert};
use snapbox::str;
use tempfile::TempDir;

/// A folder with a small `input.txt`.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("input.txt"), "emma\nolivia\nava\n").unwrap();
    folder
}

/// Runs the program there, with these arguments.
fn microgpt(folder: &TempDir, args: &[&str]) -> OutputAssert {
    Command::new(program::path()).current_dir(folder).args(args).assert()
}

// --- What it does ---

#[test]
fn without_arguments_it_prints_what_python_prints() {
    let python = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/input.stdout")).unwrap();
    let run = Command::new(program::path()).current_dir(env!("CARGO_MANIFEST_DIR")).assert().success();
    assert_eq!(run.get_output().stdout, python, "not the bytes of tests/golden/input.stdout");
    run.stderr_eq(""); // no progress bar where nobody watches
}

#[test]
fn with_the_fused_engine_it_prints_the_same() {
    let python = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/input.stdout")).unwrap();
    let run = Command::new(program::path()).current_dir(env!("CARGO_MANIFEST_DIR"));
    let run = run.args(["--engine", "fused"]).assert().success();
    assert_eq!(run.get_output().stdout, python, "not the bytes of tests/golden/input.stdout");
}

#[test]
fn options_change_data_steps_seed_temperature_and_samples() {
    let folder = folder();
    fs::write(folder.path().join("other.txt"), "anna\nbob\n").unwrap();
    let args = ["--data", "other.txt", "--steps", "2", "--samples", "3"];
    let plain = microgpt(&folder, &args).success().stdout_eq(str![[r#"
num docs: 2
vocab size: 5
num params: 3360
step    1 /    2 | loss [..]
step    2 /    2 | loss [..]

--- inference ---
sample  1: [..]
sample  2: [..]
sample  3: [..]

"#]]);
    for change in [["--seed", "43"], ["--temperature", "5"], ["--batch", "2"], ["--engine", "scalar"]] {
        let changed = microgpt(&folder, &[&args[..], &change].concat()).success();
        let same = changed.get_output().stdout == plain.get_output().stdout;
        assert_eq!(same, change[0] == "--engine", "{change:?}"); // scalar is what it uses anyway
    }
}

#[test]
fn models_of_other_sizes_train() {
    let sizes = ["--n-embd", "12", "--n-head", "3", "--n-layer", "2", "--block-size", "5"];
    microgpt(&folder(), &[&sizes[..], &["--steps", "1", "--samples", "1"]].concat()).success().stdout_eq(
        str![[r#"
num docs: 3
vocab size: 8
num params: 3708
step    1 /    1 | loss [..]

--- inference ---
sample  1: [..]

"#]],
    );
}

#[test]
fn a_file_of_one_character_is_enough() {
    let folder = folder();
    fs::write(folder.path().join("input.txt"), "a").unwrap();
    microgpt(&folder, &["--steps", "1", "--samples", "1"]).success().stderr_eq("");
}

#[test]
fn a_line_of_ten_megabytes_is_a_document_like_others() {
    let folder = folder();
    fs::write(folder.path().join("input.txt"), "emma".repeat(2_500_000)).unwrap();
    microgpt(&folder, &["--steps", "1", "--samples", "1"]).success().stderr_eq("");
}

#[test]
fn weights_that_were_saved_are_loaded_with_every_bit() {
    let folder = folder();
    microgpt(&folder, &["--steps", "5", "--save", "first"]).success();
    microgpt(&folder, &["--load", "first", "--samples", "2"]).success().stdout_eq(str![[r#"
vocab size: 8
num params: 3456

--- inference ---
sample  1: [..]
sample  2: [..]

"#]]);

    // Trains further from them: as the crate does from the same numbers
    microgpt(&folder, &["--load", "first", "--steps", "1", "--save", "second"]).success();
    let mut random = Random::new(42);
    let mut docs = load_docs(folder.path().join("input.txt")).unwrap();
    random.shuffle(&mut docs);
    let tokenizer = Tokenizer::new(&docs);
    let params = Parameters::random(Default::default(), tokenizer.vocab_size(), &mut random).unwrap();
    let train = |params, steps| {
        let mut trainer = Trainer::new(docs.clone(), &tokenizer, params, steps).unwrap();
        while trainer.step().unwrap().is_some() {}
        trainer.into_params()
    };
    let first = train(params, 5);
    let second = train(first.clone(), 1);
    for (name, params) in [("first", first), ("second", second)] {
        let file = Weights::read(&folder.path().join(name));
        assert_eq!(file.tensors.len(), params.matrices().count());
        for matrix in params.matrices() {
            let (dtype, shape, bytes) = &file.tensors[matrix.name];
            assert_eq!((*dtype, &shape[..]), (Dtype::F64, &[matrix.rows, matrix.cols][..]));
            assert!(matrix.data.iter().flat_map(|value| value.to_le_bytes()).eq(bytes.iter().copied()));
        }
    }
}

#[test]
fn saving_replaces_the_old_file_and_leaves_nothing_else() {
    let folder = folder();
    fs::write(folder.path().join("weights"), "old").unwrap();
    microgpt(&folder, &["--steps", "1", "--samples", "1", "--save", "weights"]).success();
    microgpt(&folder, &["--load", "weights", "--samples", "1"]).success();
    assert_eq!(names_in(&folder), ["input.txt", "weights"]);
}

#[test]
fn the_plot_shows_losses_mean_and_guessing() {
    let folder = folder();
    for steps in ["1", "60"] {
        microgpt(&folder, &["--steps", steps, "--samples", "1", "--plot", "loss.svg"]).success();
        let svg = fs::read_to_string(folder.path().join("loss.svg")).unwrap();
        assert!(svg.trim().starts_with("<svg") && svg.trim().ends_with("</svg>"));
        let mean = if steps == "1" { "mean of the last 1" } else { "mean of the last 3" };
        for text in ["step", "loss: mean of", "each step", mean, "guessing: ln(8) = 2.08"] {
            assert!(svg.contains(text), "{text:?} is missing after {steps} steps");
        }
    }
}

#[test]
fn a_reader_who_leaves_ends_the_program_quietly_unless_a_file_is_to_be_written() {
    for (files, code, said) in [
        (&[][..], 0, ""),
        (
            &["--save", "weights"],
            1,
            "error: cannot write to standard output: Broken pipe (os error 32); nothing more was done\n",
        ),
    ] {
        let folder = folder();
        let mut child = std::process::Command::new(program::path())
            .current_dir(&folder)
            .args(["--steps", "1000000000"]) // it would go on for days
            .args(files)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "num docs: 3\n");
        // The pipe is closed now.
        assert_eq!(child.wait().unwrap().code(), Some(code));
        let mut written = String::new();
        child.stderr.take().unwrap().read_to_string(&mut written).unwrap();
        assert_eq!(written, said);
    }
}

#[test]
fn the_learning_rate_is_that_of_the_option() {
    let losses = |args: &[&str]| {
        let run = microgpt(&folder(), &[&["--steps", "3", "--samples", "1"], args].concat()).success();
        let out = String::from_utf8(run.get_output().stdout.clone()).unwrap();
        out.lines().filter(|line| line.starts_with("step")).map(str::to_owned).collect::<Vec<_>>()
    };
    let usual = losses(&[]);
    assert_eq!(losses(&["--learning-rate", "0.01"]), usual);
    let other = losses(&["--learning-rate", "0.5"]);
    assert_eq!(other[0], usual[0], "the loss of the first step comes before its update");
    assert_ne!(other[1..], usual[1..]);
}

#[test]
fn the_later_revision_has_its_own_sizes_steps_and_output() {
    let folder = folder();
    let run = microgpt(&folder, &["--revision", "later"]).success().stderr_eq("");
    let out = String::from_utf8(run.get_output().stdout.clone()).unwrap();
    let (steps, samples) = out.split_once("\n---").expect("a heading");
    let lines: Vec<_> = steps.split('\r').collect();
    assert!(lines[0].starts_with("num docs: 3\nvocab size: 8\nnum params: 3584\nstep    1 / 1000 | loss "));
    assert!(lines[999].starts_with("step 1000 / 1000 | loss "));
    assert_eq!((lines.len(), lines[1000]), (1001, ""), "each line ends with a carriage return");
    assert!(samples.starts_with(" inference (new, hallucinated names) ---\nsample  1: "));
    // Its weights say that the MLP does not square: it would write other names.
    microgpt(&folder, &["--revision", "later", "--steps", "20", "--save", "weights"]).success();
    let load = |args: &[&str]| {
        let args = [&["--load", "weights", "--samples", "5", "--temperature", "1"], args].concat();
        String::from_utf8(microgpt(&folder, &args).success().get_output().stdout.clone()).unwrap()
    };
    let names = |out: &str| out.split_once("---\n").unwrap().1.to_owned();
    let loaded = load(&["--revision", "later"]);
    assert!(loaded.contains("\nnum params: 3584\n\n--- inference (new, hallucinated names) ---\n"));
    assert_eq!(names(&loaded), names(&load(&[])));
    let mut weights = Weights::read(&folder.path().join("weights"));
    weights.metadata.insert("squared_relu".to_owned(), "true".to_owned());
    weights.write(&folder.path().join("weights"));
    assert_ne!(names(&loaded), names(&load(&[])));
}

// --- Lists of one's own ---

/// Learns a little from a list of these bytes: what goes to standard error, and what to standard output.
fn learn(list: &[u8], steps: &str, temperature: &str) -> [String; 2] {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("list.txt"), list).unwrap();
    let args = ["--data", "list.txt", "--samples", "4", "--steps", steps, "--temperature", temperature];
    let run = microgpt(&folder, &args).success();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    [text(&run.get_output().stderr), text(&run.get_output().stdout)]
}

#[test]
fn what_was_understood_of_a_list_is_said() {
    let (in_list, of) = ("[..] of 4 samples stand in the list", "different characters; the longest has");
    let marks = "of its alphabet only to change the one before, as an accent does: \
                 to the model each is a token of its own";
    for (what, list, said) in [
        ("plain", "Oslo\nRome\n", vec![format!("the list: 2 documents of 7 {of} 4: Oslo")]),
        (
            "byte order mark and Windows line ends",
            "\u{feff}Oslo\r\n\r\nRome\r\n",
            vec![
                format!("the list: 2 documents of 7 {of} 4: Oslo"),
                "note: its byte order mark is taken off: it is no letter".to_owned(),
            ],
        ),
        (
            "twice the same",
            "Oslo\nRome\nOslo \nOslo\n",
            vec![
                format!("the list: 4 documents of 7 {of} 4: Oslo"),
                "note: 2 documents stood there before".to_owned(),
            ],
        ),
        (
            "one name",
            "Oslo",
            vec![
                "the list: 1 document of 4 different characters; the longest has 4: Oslo".to_owned(),
                "note: one document is all there is, so the model can but repeat it".to_owned(),
            ],
        ),
        (
            "one letter",
            "a\na\n",
            vec![
                "the list: 2 documents of 1 different character; the longest has 1: a".to_owned(),
                "note: 1 document stood there before".to_owned(),
            ],
        ),
        (
            "longer than the block",
            "Reykjavik\nHelsinki\nLondon\n",
            vec![
                format!("the list: 3 documents of 15 {of} 9: Reykjavik"),
                "note: 2 documents of 8 characters or more: with block size 8 the model never sees where they end"
                    .to_owned(),
            ],
        ),
        (
            "an accent by itself, and an emoji of several",
            "Zoe\u{308}\nKim\n👩\u{200d}🚀\n👋\u{1f3fd}\n",
            vec![format!("the list: 4 documents of 12 {of} 4: Zoe\u{308}"), format!("note: 3 characters {marks}")],
        ),
        (
            "from right to left",
            "שלום\nסלאם\nسلام\n",
            vec![format!("the list: 3 documents of 10 {of} 4: שלום")],
        ),
    ] {
        let [stderr, _] = learn(list.as_bytes(), "1", "0.5");
        let lines: Vec<_> = stderr.lines().collect();
        let (last, rest) = lines.split_last().unwrap();
        assert_eq!(rest, said, "{what}");
        assert_eq!(last[1..], in_list[4..], "{what}");
    }
}

#[test]
fn letters_of_any_script_are_learnt_and_written() {
    for (list, letters) in [("שלום\nסלאם\n", "אוםלסש"), ("🦀🐙\n🐙🦀\n", "🐙🦀"), ("ёж\nуж\n", "жуё")]
    {
        let [_, stdout] = learn(list.as_bytes(), "50", "0.5");
        let vocab_size = letters.chars().count() + 1;
        assert!(stdout.contains(&format!("vocab size: {vocab_size}\n")), "{stdout}");
        let (_, samples) = stdout.split_once("--- inference ---\n").unwrap();
        let written: String = samples.lines().map(|line| line.split_once(": ").unwrap().1).collect();
        assert!(!written.is_empty() && written.chars().all(|c| letters.contains(c)), "{samples}");
    }
}

#[test]
fn samples_that_stand_in_the_list_are_counted() {
    let [stderr, stdout] = learn(b"Oslo\nOslo\nOslo\n", "300", "0.1");
    assert_eq!(stdout.matches(": Oslo\n").count(), 4, "{stdout}");
    assert!(stderr.ends_with("\n4 of 4 samples stand in the list\n"), "{stderr}");
    let [stderr, _] = learn(b"Oslo\nRome\n", "1", "1000");
    assert!(stderr.ends_with("\n0 of 4 samples stand in the list\n"), "{stderr}");
}

#[test]
fn a_byte_order_mark_in_input_txt_is_said_too() {
    let folder = folder();
    fs::write(folder.path().join("input.txt"), "\u{feff}emma\n").unwrap();
    microgpt(&folder, &["--steps", "1"]).success().stderr_eq(str![[r#"
the list: 1 document of 3 different characters; the longest has 4: emma
note: its byte order mark is taken off: it is no letter
note: one document is all there is, so the model can but repeat it

"#]]);
}

#[test]
fn ten_megabytes_of_names_are_a_list_like_others() {
    let names: String = (0..1_000_000).map(|i| format!("name{:05}\n", i % 100_000)).collect();
    let [stderr, _] = learn(names.as_bytes(), "1", "0.5");
    assert!(stderr.starts_with("the list: 1000000 documents of 14 different"), "{stderr}");
    assert!(stderr.contains("\nnote: 900000 documents stood there before\n"), "{stderr}");
}

#[test]
fn samples_begin_with_the_prefix() {
    let folder = folder();
    microgpt(&folder, &["--steps", "5", "--save", "weights"]).success();
    for engine in ["scalar", "fused"] {
        let args = ["--load", "weights", "--prefix", "ol", "--engine", engine];
        let run = microgpt(&folder, &args).success();
        let out = String::from_utf8(run.get_output().stdout.clone()).unwrap();
        let samples: Vec<_> = out.lines().filter_map(|line| line.strip_prefix("sample ")).collect();
        assert_eq!(samples.len(), 20);
        assert!(samples.iter().all(|sample| sample[4..].starts_with("ol")), "{out}");
        // As long as the block allows, in characters
        assert!(samples.iter().any(|sample| sample.len() > 6) && samples.iter().all(|s| s.len() <= 4 + 8));
    }
    let said = |prefix: &str, message: &str| {
        let run = microgpt(&folder, &["--load", "weights", "--prefix", prefix]);
        run.code(1).stderr_eq(format!("error: {message}\n"));
    };
    said(
        "oliviaaa",
        "the beginning has 8 characters, and the model can go on from at most 7; give a shorter one",
    );
    // Before a training that would go on for days
    let long = microgpt(&folder, &["--steps", "1000000000", "--prefix", "oliviaaa"]).code(1);
    long.stdout_eq("num docs: 3\n").stderr_eq("error: the beginning has 8 characters, [..]\n");
    said(
        "Ol",
        "the character 'O' of \"Ol\" is not among those of the dataset: aeilmov; begin with what the model has learnt",
    );
}

// --- Bad data ---

#[test]
fn without_input_txt_it_says_what_to_do() {
    let empty = tempfile::tempdir().unwrap();
    microgpt(&empty, &[]).code(1).stdout_eq("").stderr_eq(str![[r#"
error: there is no input.txt here; go to the folder that has it, or name another file with --data (only microgpt.py downloads one)

"#]]);
}

#[test]
fn data_that_cannot_be_used_is_named() {
    let folder = folder();
    let file = |name: &str| folder.path().join(name);
    fs::write(file("empty"), "").unwrap();
    fs::write(file("blank"), " \n\n\t\r\n").unwrap();
    fs::write(file("latin1"), b"emma\nzo\xeb\n").unwrap();
    fs::write(file("binary"), b"emma\n\0\x01\n").unwrap();
    fs::write(file("mark"), "\u{feff}\r\n").unwrap();
    fs::write(file("utf16"), b"\xff\xfee\0m\0").unwrap();
    fs::File::create(file("huge")).unwrap().set_len(200_000_000).unwrap();
    // More characters than a model can have rows for
    let all: String = ('\u{100}'..='\u{10ffff}').flat_map(|c| [c, '\n']).collect();
    fs::write(file("all"), all).unwrap();
    for (data, said) in [
        ("missing", "cannot read the data file missing: [..]; give a text file with one document per line"),
        (".", "cannot read the data file .: [..]; give a text file with one document per line"),
        ("empty", "the data file empty holds no document; put one on each line"),
        ("blank", "the data file blank holds no document; put one on each line"),
        ("latin1", "the data file latin1 is not UTF-8 text: byte 7 does not fit; save it as UTF-8"),
        (
            "binary",
            "the data file binary is no text: byte 5 is 0; give a text file with one document per line",
        ),
        ("mark", "the data file mark holds no document; put one on each line"),
        ("utf16", "the data file utf16 is not UTF-8 text: byte 0 does not fit; save it as UTF-8"),
        ("huge", "the data file huge is longer than 32 MiB; give a part of it"),
        ("all", "a model of these sizes has more than 10000000 parameters; make it smaller"),
    ] {
        microgpt(&folder, &["--data", data]).code(1).stderr_eq(format!("error: {said}\n"));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn data_without_end_is_refused() {
    microgpt(&folder(), &["--data", "/dev/zero"]).code(1).stdout_eq("").stderr_eq(str![[r#"
error: the data file /dev/zero is longer than 32 MiB; give a part of it

"#]]);
}

#[test]
fn a_character_the_loaded_vocabulary_lacks_is_named() {
    let folder = folder();
    microgpt(&folder, &["--steps", "1", "--save", "weights"]).success();
    fs::write(folder.path().join("other"), "eva\nkim\n").unwrap();
    fs::write(folder.path().join("long"), "z".repeat(1_000_000)).unwrap();
    let args = ["--load", "weights", "--steps", "1", "--data"];
    microgpt(&folder, &[&args[..], &["other"]].concat()).code(1).stderr_eq(str![[r#"
the list: 2 documents of 6 different characters; the longest has 3: eva
error: the character 'k' of "kim" is not [..]aeilmov[..]; take it out of the data, or train a new model, without --load

"#]]);
    microgpt(&folder, &[&args[..], &["long"]].concat()).code(1).stderr_eq(str![[r#"
the list: 1 document of 1 different character; the longest has 1000000: zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz…
note: [..]
note: [..]
error: the character 'z' of "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz…" is not [..]aeilmov[..]; take it out of the data, or train a new model, without --load

"#]]);
}

#[test]
fn sizes_that_make_no_model_are_explained() {
    for (sizes, said) in [
        (
            &["--n-embd", "10"][..],
            "n_embd 10 cannot be divided among n_head 4 heads; make it a multiple of n_head",
        ),
        (
            &["--n-layer", "999999999"],
            "a model of these sizes has more than 10000000 parameters; make it smaller",
        ),
        (
            &["--n-embd", "512", "--n-layer", "3"],
            "a model of these sizes needs more than 50000000 products for one block; \
             make it smaller, or the block shorter",
        ),
    ] {
        microgpt(&folder(), sizes).code(1).stderr_eq(format!("error: {said}\n"));
    }
}

// --- Options that make no sense ---

#[test]
fn options_out_of_range_are_usage_errors() {
    let number = "give a whole number from 1 to 4294967295";
    let positive = "give a finite number above 0, such as 0.5";
    for (option, value, said) in [
        ("--temperature <T>", "0", positive),
        ("--temperature <T>", "-1", positive),
        ("--temperature <T>", "NaN", positive),
        ("--temperature <T>", "inf", positive),
        ("--temperature <T>", "-inf", positive),
        ("--temperature <T>", "warm", positive),
        ("--steps <N>", "0", number),
        ("--steps <N>", "-5", number),
        ("--steps <N>", "1.5", number),
        ("--steps <N>", "99999999999999999999", number),
        ("--samples <N>", "0", number),
        ("--batch <N>", "0", number),
        ("--batch <N>", "4294967296", number),
        ("--learning-rate <X>", "0", positive),
        ("--n-embd <N>", "0", number),
        ("--n-head <N>", "0", number),
        ("--n-layer <N>", "0", number),
        ("--block-size <N>", "0", number),
    ] {
        let name = option.split(' ').next().unwrap();
        microgpt(&folder(), &[name, value]).code(2).stdout_eq("").stderr_eq(format!(
            "error: invalid value '{value}' for '{option}': {said}\n\nFor more information, try '--help'.\n"
        ));
    }
    for args in [&["--seed", "-1"][..], &["--engine", "steam"], &["--data", ""], &["--no-such-option"]] {
        microgpt(&folder(), args).code(2).stdout_eq("").stderr_eq("error: [..]\n...\n");
    }
}

#[test]
fn options_that_would_have_no_effect_are_usage_errors() {
    for option in ["--data", "--save", "--plot", "--batch", "--learning-rate"] {
        let run = microgpt(&folder(), &["--load", "weights", option, "2"]);
        run.code(2).stdout_eq("").stderr_eq(format!(
            "error: {option} is of no use with --load alone; add --steps to train further\n...\n"
        ));
    }
    microgpt(&folder(), &["--load", "weights", "--n-embd", "8"]).code(2).stdout_eq("").stderr_eq(str![[r#"
error: the argument '--load <FILE>' cannot be used with '--n-embd <N>'
...
"#]]);
}

#[test]
fn outputs_that_would_overwrite_the_data_or_each_other_are_usage_errors() {
    for (args, said) in [
        (&["--save", "./input.txt"][..], "./input.txt would overwrite the data"),
        (&["--plot", "input.txt"], "input.txt would overwrite the data"),
        (&["--save", "new", "--plot", "new"], "new would overwrite --save"),
        (&["--save", "new", "--plot", "./new"], "./new would overwrite --save"),
        (&["--load", "old", "--steps", "1", "--plot", "./old"], "./old would overwrite --load"),
    ] {
        let folder = folder();
        let said = format!("error: {said}; give its output a file of its own\n...\n");
        microgpt(&folder, args).code(2).stdout_eq("").stderr_eq(said);
        assert_eq!(fs::read_to_string(folder.path().join("input.txt")).unwrap(), "emma\nolivia\nava\n");
    }
}

// --- Bad weights ---

/// A file of weights, to be changed.
struct Weights {
    metadata: HashMap<String, String>,
    tensors: BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>,
}

impl Weights {
    fn read(path: &Path) -> Self {
        let bytes = fs::read(path).unwrap();
        let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
        let tensors = SafeTensors::deserialize(&bytes).unwrap().tensors().into_iter();
        Weights {
            metadata: header.metadata().clone().unwrap(),
            tensors: tensors
                .map(|(name, tensor)| {
                    (name, (tensor.dtype(), tensor.shape().to_vec(), tensor.data().to_vec()))
                })
                .collect(),
        }
    }

    fn write(&self, path: &Path) {
        let tensors = self.tensors.iter().map(|(name, (dtype, shape, bytes))| {
            (name, TensorView::new(*dtype, shape.clone(), bytes).unwrap())
        });
        fs::write(path, safetensors::serialize(tensors, Some(self.metadata.clone())).unwrap()).unwrap();
    }
}

/// Trains a little, saves, lets `change` change the file, and loads it.
fn load_changed(change: impl FnOnce(&mut Weights)) -> OutputAssert {
    let folder = folder();
    microgpt(&folder, &["--steps", "1", "--save", "weights"]).success();
    let path = folder.path().join("weights");
    let mut weights = Weights::read(&path);
    change(&mut weights);
    weights.write(&path);
    microgpt(&folder, &["--load", "weights"])
}

fn said_of_weights(problem: &str) -> String {
    format!("error: cannot load the weights file weights: {problem}; give a file that --save wrote\n")
}

#[test]
fn weights_that_are_not_whole_or_not_weights_are_refused() {
    let folder = folder();
    let path = folder.path().join("weights");
    microgpt(&folder, &["--load", "weights"]).code(1).stdout_eq("").stderr_eq(said_of_weights("[..]"));
    microgpt(&folder, &["--load", "."]).code(1).stderr_eq("error: cannot load the weights file .: [..]\n");

    microgpt(&folder, &["--steps", "1", "--save", "weights"]).success();
    let whole = fs::read(&path).unwrap();
    let cut = [0, 1, 8, 100, 1000, whole.len() - 1].map(|length| whole[..length].to_vec());
    let foreign = [&b"emma\nolivia\nava\n"[..], &[0; 100], &[255; 100], &[&whole[..], b"more"].concat()];
    for bytes in cut.into_iter().chain(foreign.map(<[u8]>::to_vec)) {
        fs::write(&path, bytes).unwrap();
        let problem = "it is not in the safetensors format, or not a whole file ([..])";
        microgpt(&folder, &["--load", "weights"]).code(1).stdout_eq("").stderr_eq(said_of_weights(problem));
    }
    fs::File::create(&path).unwrap().set_len(1 << 33).unwrap();
    let problem = "it has more than 180000008 bytes";
    microgpt(&folder, &["--load", "weights"]).code(1).stderr_eq(said_of_weights(problem));
}

#[test]
fn weights_with_any_byte_of_the_header_damaged_end_in_an_error_or_work() {
    let folder = folder();
    let path = folder.path().join("weights");
    microgpt(&folder, &["--steps", "1", "--save", "weights"]).success();
    let whole = fs::read(&path).unwrap();
    for place in (0..300).step_by(3) {
        let mut damaged = whole.clone();
        damaged[place] ^= 1;
        fs::write(&path, damaged).unwrap();
        let run = microgpt(&folder, &["--load", "weights", "--samples", "1"]);
        let code = run.get_output().status.code();
        assert!(matches!(code, Some(0 | 1)), "byte {place}: exit code {code:?}");
    }
}

#[test]
fn weights_whose_metadata_do_not_fit_are_refused() {
    for key in ["n_embd", "n_head", "n_layer", "block_size", "squared_relu", "uchars"] {
        let run = load_changed(|weights| drop(weights.metadata.remove(key)));
        run.code(1).stderr_eq(said_of_weights(&format!("its metadata lack {key}")));
    }
    for (key, value, problem) in [
        ("n_embd", "-1", "its metadata say n_embd is \"-1\", which is not a whole number"),
        ("n_head", "0", "n_head is 0; it must be at least 1"),
        ("n_head", "3", "n_embd 16 cannot be divided among n_head 3 heads; make it a multiple of n_head"),
        (
            "block_size",
            "18446744073709551615",
            "a model of these sizes has more than 10000000 parameters; make it smaller",
        ),
        ("squared_relu", "1", "its metadata say squared_relu is \"1\", which is neither true nor false"),
        ("n_layer", "2", "it has 9 tensors, and a model of its sizes 15"),
        ("block_size", "7", "its tensor wpe is F64 [8, 16] and should be F64 [7, 16]"),
        ("uchars", "abc", "its tensor wte is F64 [8, 16] and should be F64 [4, 16]"),
        ("uchars", "vomliea", "the characters of its vocabulary are not distinct and sorted"),
    ] {
        let run = load_changed(|weights| drop(weights.metadata.insert(key.to_owned(), value.to_owned())));
        run.code(1).stdout_eq("").stderr_eq(said_of_weights(problem));
    }
}

#[test]
fn weights_whose_tensors_do_not_fit_are_refused() {
    let run = load_changed(|weights| {
        let (_, shape, bytes) = &weights.tensors["wte"];
        let single = bytes.as_chunks().0.iter().map(|&b| f64::from_le_bytes(b) as f32);
        let changed = (Dtype::F32, shape.clone(), single.flat_map(f32::to_le_bytes).collect());
        weights.tensors.insert("wte".to_owned(), changed);
    });
    run.code(1).stderr_eq(said_of_weights("its tensor wte is F32 [8, 16] and should be F64 [8, 16]"));

    let run = load_changed(|weights| weights.tensors.get_mut("wpe").unwrap().1 = vec![16, 8]);
    run.code(1).stderr_eq(said_of_weights("its tensor wpe is F64 [16, 8] and should be F64 [8, 16]"));

    let run = load_changed(|weights| {
        let tensor = weights.tensors.remove("lm_head").unwrap();
        weights.tensors.insert("head".to_owned(), tensor);
    });
    run.code(1).stderr_eq(said_of_weights("it has no tensor lm_head"));

    for number in [f64::NAN, f64::INFINITY] {
        let run = load_changed(|weights| {
            let (_, _, bytes) = weights.tensors.get_mut("layer0.attn_wq").unwrap();
            bytes[8 * 35..][..8].copy_from_slice(&number.to_le_bytes());
        });
        let problem = format!("its weight layer0.attn_wq[2][3] is {number}, which is not a finite number");
        run.code(1).stdout_eq("").stderr_eq(said_of_weights(&problem));
    }
}

#[test]
fn weights_too_large_to_compute_with_are_reported() {
    let folder = folder();
    microgpt(&folder, &["--steps", "1", "--save", "weights"]).success();
    let path = folder.path().join("weights");
    let mut weights = Weights::read(&path);
    let bytes = &mut weights.tensors.get_mut("lm_head").unwrap().2;
    *bytes = (0..bytes.len() / 8).flat_map(|i| [1e308_f64, -1e308][i % 2].to_le_bytes()).collect();
    weights.write(&path);
    microgpt(&folder, &["--load", "weights"]).code(1).stderr_eq(str![[r#"
error: the probabilities at position 0 are not finite: the temperature is too extreme, or the parameters are damaged

"#]]);
    microgpt(&folder, &["--load", "weights", "--steps", "1"]).code(1).stderr_eq(str![[r#"
error: training failed at step 1: the loss is [..]; start again with a smaller learning rate, or from other parameters

"#]]);
}

// --- Files that cannot be written ---

#[test]
fn output_paths_that_cannot_work_are_refused_before_training() {
    for option in ["--save", "--plot"] {
        for path in ["no/such/folder/file", ".", "input.txt/file", "models/"] {
            microgpt(&folder(), &[option, path]).code(1).stdout_eq("").stderr_eq(format!(
                "error: cannot write {path}: [..]; make room or give another path (what was there is unchanged)\n"
            ));
        }
    }
}

#[test]
fn a_file_that_is_write_protected_is_not_replaced() {
    let folder = folder();
    let path = folder.path().join("weights");
    fs::write(&path, "precious").unwrap();
    let mut permissions = path.metadata().unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    microgpt(&folder, &["--save", "weights"]).code(1).stdout_eq("").stderr_eq(str![[r#"
error: cannot write weights: permission denied; make room or give another path (what was there is unchanged)

"#]]);
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_reported() {
    for option in ["--save", "--plot"] {
        microgpt(&folder(), &["--steps", "1", option, "/dev/full"]).code(1).stderr_eq(str![[r#"
error: cannot write /dev/full: No space left on device (os error 28); make room or give another path (what was there is unchanged)

"#]]);
    }
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let folder = folder();
    let run = std::process::Command::new(program::path()).current_dir(&folder).stdout(full).output().unwrap();
    assert_eq!(run.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(run.stderr).unwrap(),
        "error: cannot write to standard output: No space left on device (os error 28); nothing more was done\n"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn when_room_runs_out_in_the_middle_the_old_file_stays_whole() {
    let folder = folder();
    fs::write(folder.path().join("weights"), "precious").unwrap();
    // A file may not grow beyond a few kilobytes here; the weights have more.
    let script = "trap '' XFSZ; ulimit -f 8; exec \"$0\" --steps 1 --save weights";
    let run = Command::new("sh").arg("-c").arg(script).arg(program::path()).current_dir(&folder).assert();
    run.code(1).stderr_eq(str![[r#"
error: cannot write weights: File too large (os error 27); make room or give another path (what was there is unchanged)

"#]]);
    assert_eq!(fs::read_to_string(folder.path().join("weights")).unwrap(), "precious");
    assert_eq!(names_in(&folder), ["input.txt", "weights"]);
}

/// The names of all files of a folder, hidden ones too, sorted.
fn names_in(folder: &TempDir) -> Vec<String> {
    let files = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
