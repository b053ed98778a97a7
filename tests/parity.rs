//! The crate and microgpt.py compute the same: losses, parameters and samples, to the last bit.
//!
//! The golden files come from Python; `python3 tests/golden/make.py` writes them anew, and with `--check`
//! compares them with a fresh run. On other platforms than theirs, where last bits may differ, their figures are
//! compared as they are printed; the bits are those of the Python that is there, which
//! `cargo test --test parity -- --include-ignored` asks for all 500 steps. Some tests need what is not on every
//! machine: python3, its package safetensors, or the list of names of the original program. Where that is missing they are reported as
//! ignored, with the reason, which the built-in test harness cannot do; hence libtest-mimic. `.ci/run`
//! has python3 and safetensors, and runs `make.py --check`.

mod golden;
mod program;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::{fs, iter};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use microgpt::{Engine, Parameters, Random, Revision, Sampler, Tape, Tokenizer, load_docs};

fn main() -> ExitCode {
    let tests = vec![
        Trial::ignorable_test("500_steps_on_input_txt_give_what_python_computed", || {
            same_as_golden("input", &root().join("input.txt"))
        }),
        Trial::ignorable_test("500_steps_on_the_original_names_give_what_python_computed", || {
            same_as_golden("names", &root().join("../shared/data/names.txt"))
        }),
        Trial::ignorable_test("the_fused_engine_prints_what_python_computed_from_input_txt", || {
            fused_as_golden("input", &root().join("input.txt"))
        }),
        Trial::ignorable_test("the_fused_engine_prints_what_python_computed_from_the_original_names", || {
            fused_as_golden("names", &root().join("../shared/data/names.txt"))
        }),
        Trial::ignorable_test("the_later_revision_has_the_figures_of_the_original", || {
            figures_of_the_later_revision(&root().join("../shared/data/names.txt"))
        }),
        Trial::ignorable_test("powers_are_those_of_python", powers_of_python),
        Trial::ignorable_test("3_steps_beside_python_give_the_same_bits", || {
            same_as_python(Revision::EARLY, &root().join("input.txt"), 3)
        }),
        Trial::ignorable_test("3_steps_of_the_later_revision_beside_python_give_the_same_bits", || {
            same_as_python(Revision::LATER, &root().join("input.txt"), 3)
        }),
        // Where the block, 16, is full, and nothing is left of the early revision's
        Trial::ignorable_test("long_documents_in_the_later_revision_give_the_same_bits", || {
            let folder = tempfile::tempdir()?;
            let data = folder.path().join("long.txt");
            fs::write(&data, "abcdefghijklmnop\nabcabcabcabcabcabcabc\nabcdefghijklmno\n")?;
            same_as_python(Revision::LATER, &data, 3)
        }),
        // As long as Python takes
        Trial::ignorable_test("500_steps_beside_python_give_the_same_bits", || {
            same_as_python(Revision::EARLY, &root().join("input.txt"), 500)
        })
        .with_ignored_flag(true),
        Trial::ignorable_test("1000_steps_of_the_later_revision_beside_python_give_the_same_bits", || {
            same_as_python(Revision::LATER, &root().join("input.txt"), 1000)
        })
        .with_ignored_flag(true),
        Trial::ignorable_test("the_later_revision_prints_what_its_python_prints", later_output)
            .with_ignored_flag(true),
        Trial::ignorable_test("lines_and_characters_are_those_of_python", || {
            let folder = tempfile::tempdir()?;
            let data = folder.path().join("odd.txt");
            // All ways to end a line, white space of all kinds, one letter, many, and beyond ASCII
            fs::write(&data, "anna\r\n\r\n\u{3000}zoë \rb\n\u{1c}łukasz\u{1f}\u{85}\nx\u{2028}y\n🦀\n")?;
            same_as_python(Revision::EARLY, &data, 7)
        }),
        Trial::ignorable_test("a_single_document_of_one_character_trains_as_in_python", || {
            let folder = tempfile::tempdir()?;
            let data = folder.path().join("a.txt");
            fs::write(&data, "a")?;
            same_as_python(Revision::EARLY, &data, 2)
        }),
        Trial::ignorable_test("python_reads_the_weights_that_were_saved", python_reads_weights),
    ];
    libtest_mimic::run(&Arguments::from_args(), tests).exit_code()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What one run of the program leaves.
struct Run {
    losses: Vec<f64>,
    params: Parameters,
    samples: Vec<String>,
}

/// What microgpt.py does, with the crate.
fn run(revision: Revision, data: &Path, engine: Engine) -> Run {
    let mut random = Random::new(42);
    let mut docs = load_docs(data).unwrap();
    random.shuffle(&mut docs);
    let tokenizer = Tokenizer::new(&docs);
    let params = Parameters::random(revision.config, tokenizer.vocab_size(), &mut random).unwrap();
    let mut trainer = revision.trainer(docs, &tokenizer, params).unwrap().with_engine(engine);
    let losses = iter::from_fn(|| trainer.step().unwrap()).map(|step| step.loss).collect();
    let params = trainer.into_params();
    let sampler = Sampler::new(&tokenizer, &params).with_engine(engine);
    let samples = (0..20).map(|_| sampler.sample(0.5, &mut random).unwrap().text).collect();
    Run { losses, params, samples }
}

fn same_as_golden(name: &str, data: &Path) -> Result<Completion, Failed> {
    if !data.exists() {
        return Ok(Completion::ignored_with(format!("{} is not present", data.display())));
    }
    let file =
        |extension| fs::read_to_string(root().join("tests/golden").join(format!("{name}.{extension}")));
    let (stdout, bits) = (file("stdout")?, file("bits")?);
    let data_hash = format!("data {}", fnv1a(fs::read(data)?));
    assert_eq!(bits.lines().next(), Some(&data_hash[..]), "the data changed: run tests/golden/make.py");

    let run = run(Revision::EARLY, data, Engine::Scalar);
    if golden::made_here() {
        let mut computed = vec![data_hash];
        computed.extend(run.losses.iter().map(|loss| format!("loss {:016x}", loss.to_bits())));
        computed
            .push(format!("params {}", fnv1a(run.params.as_slice().iter().flat_map(|p| p.to_le_bytes()))));
        same_lines(&computed, &bits);
    }
    same_as_printed(&run, &stdout);
    Ok(Completion::Completed)
}

/// The fused engine computes other last bits, and prints the same.
fn fused_as_golden(name: &str, data: &Path) -> Result<Completion, Failed> {
    if !data.exists() {
        return Ok(Completion::ignored_with(format!("{} is not present", data.display())));
    }
    let stdout = fs::read_to_string(root().join("tests/golden").join(name).with_extension("stdout"))?;
    same_as_printed(&run(Revision::EARLY, data, Engine::Fused), &stdout);
    Ok(Completion::Completed)
}

/// Losses and names are those of a run of microgpt.py.
fn same_as_printed(run: &Run, stdout: &str) {
    let mut printed: Vec<_> = iter::zip(1.., &run.losses)
        .map(|(step, loss)| format!("step {step:4} / {:4} | loss {loss:.4}", run.losses.len()))
        .collect();
    printed.extend(["".to_owned(), "--- inference ---".to_owned()]);
    printed.extend(iter::zip(1.., &run.samples).map(|(i, text)| format!("sample {i:2}: {text}")));
    same_lines(&printed, &stdout[stdout.find("step ").expect("steps")..]);
}

/// Bases and powers near both ends of the range, subnormal ones too, for exponents that the program has and others.
fn powers_of_python() -> Result<Completion, Failed> {
    let Some(mut python) = python() else {
        return Ok(Completion::ignored_with("python3 is not present"));
    };
    let mut random = Random::new(7);
    let exponents = [2.0, 0.5, -0.5, -1.0, 1.0, -1.5, -2.0, 3.0, 0.1, 499.0];
    // By their bits: every exponent of the base is as likely, and subnormal numbers come often.
    let mut bases = vec![4.488405348771822e-308, 5e-324, f64::MIN_POSITIVE, f64::MAX, 1.0, 0.95];
    bases.extend((0..500).map(|_| (1022.0 * (2.0 * random.random() - 1.0)).exp2()));
    bases.extend((0..100).map(|_| random.random() * f64::MIN_POSITIVE));
    let powers: Vec<(f64, f64)> =
        bases.iter().flat_map(|&base| exponents.map(|exponent| (base, exponent))).collect();
    let ask = "
import sys, struct
def power(base, exponent):
    try:
        return base ** exponent
    except OverflowError:
        return float('inf')
for word in open(sys.argv[1]).read().split():
    base, exponent = struct.unpack('>dd', bytes.fromhex(word))
    print(word, struct.pack('>d', power(base, exponent)).hex())
";
    let bits = |x: f64| format!("{:016x}", x.to_bits());
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("powers");
    let words = powers.iter().map(|&(base, exponent)| bits(base) + &bits(exponent) + "\n");
    fs::write(&file, words.collect::<String>())?;
    python.args(["-c", ask]).arg(file);
    let tape = Tape::new();
    let computed: Vec<_> = powers
        .iter()
        .map(|&(base, exponent)| {
            let power = tape.value(base).powf(exponent).data();
            bits(base) + &bits(exponent) + " " + &bits(power)
        })
        .collect();
    same_lines(&computed, &stdout(python)?);
    if golden::made_here() {
        // What went wrong once
        assert_eq!(tape.value(4.488405348771822e-308).powf(0.5).data(), 2.118585695404324e-154);
    }
    Ok(Completion::Completed)
}

/// What `tests/golden/make.py` says of the program of this revision, and the crate.
fn same_as_python(revision: Revision, data: &Path, num_steps: usize) -> Result<Completion, Failed> {
    let Some(mut python) = python() else {
        return Ok(Completion::ignored_with("python3 is not present"));
    };
    python.arg(root().join("tests/golden/make.py")).arg("--bits").arg(data).arg(num_steps.to_string());
    let folder = tempfile::tempdir()?;
    if revision == Revision::LATER {
        python.arg("--program").arg(later(folder.path())?);
    }
    let run = run(Revision { num_steps, ..revision }, data, Engine::Scalar);
    let losses = run.losses.iter().map(|loss| format!("loss {:016x}", loss.to_bits()));
    let params = run.params.as_slice().iter().map(|p| format!("param {:016x}", p.to_bits()));
    same_lines(&losses.chain(params).collect::<Vec<_>>(), &stdout(python)?);
    Ok(Completion::Completed)
}

/// Writes the program of the later revision: microgpt.py with the diff applied.
fn later(folder: &Path) -> Result<PathBuf, Failed> {
    let early = fs::read_to_string(root().join("microgpt.py"))?;
    let diff = fs::read_to_string(root().join("beyond/later.diff"))?;
    let file = folder.join("later.py");
    fs::write(&file, diffy::apply(&early, &diffy::Patch::from_str(&diff)?)?)?;
    Ok(file)
}

/// All that the two programs print of the later revision.
fn later_output() -> Result<Completion, Failed> {
    let Some(mut python) = python() else {
        return Ok(Completion::ignored_with("python3 is not present"));
    };
    let folder = tempfile::tempdir()?;
    fs::copy(root().join("input.txt"), folder.path().join("input.txt"))?;
    python.current_dir(&folder).arg(later(folder.path())?);
    let expected = stdout(python)?;
    for engine in ["scalar", "fused"] {
        let mut program = Command::new(program::path());
        program.current_dir(&folder).args(["--revision", "later", "--engine", engine]);
        assert_eq!(stdout(program)?, expected, "{engine}");
    }
    Ok(Completion::Completed)
}

/// What the later revision of the original prints of its own list of names.
fn figures_of_the_later_revision(data: &Path) -> Result<Completion, Failed> {
    if !data.exists() {
        return Ok(Completion::ignored_with(format!("{} is not present", data.display())));
    }
    for engine in [Engine::Scalar, Engine::Fused] {
        let run = run(Revision::LATER, data, engine);
        assert_eq!(run.params.len(), 4192);
        let losses = [0, 1, 2, 999].map(|step| format!("{:.4}", run.losses[step]));
        assert_eq!(losses, ["3.3660", "3.4243", "3.1778", "2.6497"], "{engine:?}");
        assert_eq!(run.samples[..3], ["kamon", "ann", "karai"], "{engine:?}");
    }
    Ok(Completion::Completed)
}

/// Saves weights with the program and reads them back with Python's package safetensors.
fn python_reads_weights() -> Result<Completion, Failed> {
    let packages =
        |mut python: Command| python.args(["-c", "import safetensors.numpy"]).stderr(Stdio::null()).status();
    if !python().is_some_and(|python| packages(python).is_ok_and(|status| status.success())) {
        return Ok(Completion::ignored_with("python3 with numpy and safetensors is not present"));
    }
    let folder = tempfile::tempdir()?;
    let file: PathBuf = folder.path().join("weights.safetensors");
    let mut save = Command::new(program::path());
    save.current_dir(root()).args(["--steps", "3", "--save"]).arg(&file);
    stdout(save)?;

    let read = "
import sys, struct
from safetensors import safe_open
with safe_open(sys.argv[1], framework='np') as file:
    for key, value in sorted(file.metadata().items()):
        print(key, value)
    for name in sorted(file.keys()):
        tensor = file.get_tensor(name)
        print(name, tensor.dtype, *tensor.shape, *(struct.pack('>d', x).hex() for x in tensor.flat))
";
    let mut python = python().expect("it was here before");
    python.args(["-c", read]).arg(&file);

    let revision = Revision { num_steps: 3, ..Revision::EARLY };
    let Run { params, .. } = run(revision, &root().join("input.txt"), Engine::Scalar);
    let tokenizer = Tokenizer::new(&load_docs(root().join("input.txt"))?);
    let mut expected: Vec<String> =
        ["block_size 8", "n_embd 16", "n_head 4", "n_layer 1", "squared_relu true"].map(str::to_owned).into();
    expected.push(format!("uchars {}", tokenizer.uchars().iter().collect::<String>()));
    let mut matrices: Vec<_> = params.matrices().collect();
    matrices.sort_by_key(|matrix| matrix.name);
    for matrix in matrices {
        let bits: String = matrix.data.iter().map(|value| format!(" {:016x}", value.to_bits())).collect();
        expected.push(format!("{} float64 {} {}{bits}", matrix.name, matrix.rows, matrix.cols));
    }
    same_lines(&expected, &stdout(python)?);
    Ok(Completion::Completed)
}

/// Python, if it is here.
fn python() -> Option<Command> {
    let found = Command::new("python3").arg("--version").stdout(Stdio::null()).status();
    found.is_ok_and(|status| status.success()).then(|| Command::new("python3"))
}

/// What a command prints; that it fails is an error, with what it says.
fn stdout(mut command: Command) -> Result<String, Failed> {
    let output = command.output()?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn same_lines(computed: &[String], expected: &str) {
    for (number, (computed, expected)) in iter::zip(computed, expected.lines()).enumerate() {
        assert_eq!(computed, expected, "line {}", number + 1);
    }
    assert_eq!(computed.len(), expected.lines().count(), "the number of lines");
}

/// The hash FNV-1a with 64 bits, as make.py computes it.
fn fnv1a(bytes: impl IntoIterator<Item = u8>) -> String {
    let hash = bytes
        .into_iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    format!("{hash:016x}")
}
