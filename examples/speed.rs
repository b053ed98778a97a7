//! How long a training step takes: in Python, with the scalar engine, with the fused engine on each kind of
//! vector units, and with threads; first of microgpt.py, then of its later revision. All in one run, so that the
//! ratios are those of one machine on one day.
//!
//! `cargo run --release --example speed [FILE]`; without a file it learns from the names of input.txt.

use std::error::Error;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

use microgpt::fused::VectorUnits;
use microgpt::{Engine, Parameters, Random, Revision, Tokenizer, Trainer, load_docs};

/// Python takes a fifth of a second for each step, so a few have to do.
const PYTHON_STEPS: usize = 6;
/// As many documents at once keep the cores busy.
const BATCH: usize = 64;

fn main() -> Result<(), Box<dyn Error>> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let data = env::args_os().nth(1).map_or(project.join("input.txt"), Into::into);
    let early = fs::read_to_string(project.join("microgpt.py"))?;
    let diff = fs::read_to_string(project.join("beyond/later.diff"))?;
    let later = diffy::apply(&early, &diffy::Patch::from_str(&diff)?)?;
    table("microgpt.py", &early, Revision::EARLY, &data)?;
    table(
        "its later revision",
        &later,
        Revision { num_steps: Revision::EARLY.num_steps, ..Revision::LATER },
        &data,
    )?;
    println!("The threads take {BATCH} documents in each step, the others one.");
    Ok(())
}

/// Measures a revision, which is also this program in Python, and prints the table.
fn table(name: &str, source: &str, revision: Revision, data: &Path) -> Result<(), Box<dyn Error>> {
    let mut random = Random::new(42);
    let mut docs = load_docs(data)?;
    random.shuffle(&mut docs);
    let tokenizer = Tokenizer::new(&docs);
    let params = Parameters::random(revision.config, tokenizer.vocab_size(), &mut random)?;
    let trainer = || revision.trainer(docs.clone(), &tokenizer, params.clone());

    // The rows above the fastest are compared to it, and to the scalar engine.
    let mut rows: Vec<(String, Duration)> = Vec::new();
    match python(source, data) {
        Ok(time) => rows.push(("python3".to_owned(), time)),
        Err(why) => println!("python3 is missing from the table: {why}\n"),
    }
    rows.push((
        "scalar engine".to_owned(),
        step_time(5, || trainer().map(|t| t.with_engine(Engine::Scalar)))?,
    ));
    for units in VectorUnits::available() {
        let time = step_time(40, || trainer().map(|t| t.with_vector_units(units)))?;
        rows.push((format!("fused engine, {units:?}"), time));
    }
    let batched = || trainer()?.with_engine(Engine::Fused).with_batch(BATCH);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    rows.push((format!("fused engine, {cores} threads"), step_time(3, batched)? / BATCH as u32));

    let fastest = rows.iter().map(|&(_, time)| time).min().expect("there are rows");
    println!("{name:<28} {:>16} {:>12}", "per document", "ratio");
    for (name, time) in &rows {
        let ratio = time.as_secs_f64() / fastest.as_secs_f64();
        println!("{name:<28} {:>13.2} µs {ratio:>12.1}", time.as_secs_f64() * 1e6);
    }
    println!();
    Ok(())
}

/// The time of a step, Adam included, in the fastest of several trainings.
fn step_time<E>(
    repetitions: usize,
    trainer: impl Fn() -> Result<Trainer, E>,
) -> Result<Duration, Box<dyn Error>>
where
    Box<dyn Error>: From<E>,
{
    let mut fastest = Duration::MAX;
    for _ in 0..repetitions {
        let mut trainer = trainer()?;
        let start = Instant::now();
        let mut steps = 0;
        while trainer.advance()?.is_some() {
            steps += 1;
        }
        fastest = fastest.min(start.elapsed() / steps);
    }
    Ok(fastest)
}

/// The time of a step of the program in Python, with fewer steps: its text is changed in memory, where the
/// training loop begins it looks at the clock, and where it ends again.
fn python(source: &str, data: &Path) -> Result<Duration, String> {
    let quoted = format!("{:?}", data.display().to_string());
    let steps = format!("\nnum_steps = {PYTHON_STEPS}\nimport time; start = time.perf_counter() #");
    let source = source.replace("'input.txt'", &quoted).replace("\nnum_steps = ", &steps);
    let (training, _) = source.split_once("# Inference:").ok_or("microgpt.py has no inference")?;
    let program = format!("{training}\nprint((time.perf_counter() - start) / num_steps)");
    let output = Command::new("python3")
        .args(["-c", &program])
        .stderr(Stdio::piped())
        .output()
        .map_err(|error| format!("cannot run it: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let seconds = text.trim().rsplit(['\n', '\r']).next().and_then(|line| line.parse().ok());
    seconds.map(Duration::from_secs_f64).ok_or_else(|| String::from_utf8_lossy(&output.stderr).into_owned())
}
