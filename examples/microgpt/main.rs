//! The whole program: what `python3 microgpt.py` does, with options.
//!
//! Without options its standard output is that of the Python program, byte for byte; `--help` lists
//! what can be changed. The engine is the crate's; here is what a program needs around it: the options
//! (`args.rs`), weights that can be kept (`weights.rs`), a plot of the loss (`plot.rs`), and files that
//! are written whole or not at all (`files.rs`).

mod args;
mod files;
mod plot;
mod weights;

use std::io::{self, Write};
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
use microgpt::data::{DataError, TokenizerError};
use microgpt::inference::SamplingError;
use microgpt::parameters::ConfigError;
use microgpt::training::TrainingError;
use microgpt::{Parameters, Random, Sampler, Tokenizer, Trainer, load_docs};
use thiserror::Error;

use args::Args;

/// Why the program ends without having done what it was asked for.
#[derive(Debug, Error)]
enum Failure {
    #[error("cannot write to standard output: {0}; nothing more was done")]
    Output(#[from] io::Error),
    #[error(
        "there is no input.txt here; go to the folder that has it, or name another file with --data \
         (only microgpt.py downloads one)"
    )]
    NoInput,
    #[error(transparent)]
    Data(DataError),
    #[error("{0}; take it out of the data, or train a new model, without --load")]
    UnknownCharacter(TokenizerError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Training(TrainingError),
    #[error(transparent)]
    Sampling(#[from] SamplingError),
    #[error(transparent)]
    Load(#[from] weights::LoadError),
    #[error(transparent)]
    Write(#[from] files::WriteError),
}

impl From<TrainingError> for Failure {
    fn from(error: TrainingError) -> Self {
        match error {
            TrainingError::Document(error) => Failure::UnknownCharacter(error),
            error => Failure::Training(error),
        }
    }
}

fn main() -> ExitCode {
    match run(&Args::parse_and_check()) {
        Ok(()) => ExitCode::SUCCESS,
        // Who reads has seen enough, as in `… | head -1`.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            let _ = writeln!(io::stderr(), "error: {failure}"); // where this fails nobody is listening
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), Failure> {
    for path in args.outputs() {
        files::check_writable(path)?; // before the work, not after
    }
    let mut out = io::stdout().lock();
    let mut random = Random::new(args.seed);

    // The dataset (lines 14–21)
    let num_steps = args.num_steps();
    let docs = if num_steps.is_some() { read_docs(args, &mut random, &mut out)? } else { Vec::new() };

    // The tokenizer and the parameters (lines 23–90)
    let (tokenizer, mut params) = match &args.load {
        Some(path) => weights::load(path)?,
        None => {
            let tokenizer = Tokenizer::new(&docs);
            let params = Parameters::random(args.config(), tokenizer.vocab_size(), &mut random)?;
            (tokenizer, params)
        }
    };
    writeln!(out, "vocab size: {}", tokenizer.vocab_size())?;
    writeln!(out, "num params: {}", params.len())?;

    // Training (lines 146–184)
    if let Some(num_steps) = num_steps {
        let losses;
        let trainer = Trainer::new(docs, &tokenizer, params, num_steps)?
            .with_engine(args.engine.into())
            .with_batch(args.batch())?;
        (params, losses) = train(trainer, num_steps, &mut out)?;
        if let Some(path) = &args.save {
            files::write(path, &weights::to_safetensors(&tokenizer, &params))?;
        }
        if let Some(path) = &args.plot {
            files::write(path, plot::loss_curve(&losses, tokenizer.vocab_size()).as_bytes())?;
        }
    }

    // Inference (lines 186–200)
    writeln!(out, "\n--- inference ---")?;
    let sampler = Sampler::new(&tokenizer, &params).with_engine(args.engine.into());
    for sample_idx in 1..=args.samples {
        let sample = sampler.sample(args.temperature, &mut random)?;
        writeln!(out, "sample {sample_idx:2}: {}", sample.text)?;
    }
    Ok(())
}

/// The documents, shuffled (lines 19–21).
fn read_docs(args: &Args, random: &mut Random, out: &mut impl Write) -> Result<Vec<String>, Failure> {
    let path = args.data();
    let mut docs = load_docs(path).map_err(|error| match error {
        DataError::Unreadable { source, .. }
            if args.data.is_none() && source.kind() == io::ErrorKind::NotFound =>
        {
            Failure::NoInput
        }
        error => Failure::Data(error),
    })?;
    random.shuffle(&mut docs);
    writeln!(out, "num docs: {}", docs.len())?;
    Ok(docs)
}

/// Trains and prints the progress lines; gives back the parameters and the loss of each step.
fn train(
    mut trainer: Trainer,
    num_steps: usize,
    out: &mut impl Write,
) -> Result<(Parameters, Vec<f64>), Failure> {
    let mut losses = Vec::new();
    // It goes to standard error, and nowhere if that is not a terminal.
    let bar = ProgressBar::new(num_steps as u64).with_style(
        ProgressStyle::with_template("{bar:30} {pos}/{len} steps, {eta} left").expect("a valid template"),
    );
    while let Some(step) = trainer.step()? {
        losses.push(step.loss);
        bar.inc(1);
        bar.suspend(|| writeln!(out, "{step}"))?;
    }
    bar.finish_and_clear();
    Ok((trainer.into_params(), losses))
}
