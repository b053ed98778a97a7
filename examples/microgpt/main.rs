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

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
use microgpt::data::List;
use microgpt::data::{DataError, TokenizerError};
use microgpt::inference::SamplingError;
use microgpt::parameters::ConfigError;
use microgpt::training::TrainingError;
use microgpt::{Parameters, Random, Sampler, Trainer, load_list};
use safetensors::SafeTensorError;
use thiserror::Error;

use args::{Args, Which};

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
    #[error("{0}; begin with what the model has learnt")]
    Prefix(TokenizerError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Training(TrainingError),
    #[error(transparent)]
    Sampling(#[from] SamplingError),
    #[error(transparent)]
    Load(#[from] weights::LoadError),
    #[error("the model does not fit into the safetensors format ({0}); make it smaller, or leave out --save")]
    Format(#[from] SafeTensorError),
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
    let args = Args::parse_and_check();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        // Who reads has seen enough, as in `… | head -1`, and wanted no file.
        Err(Failure::Output(error))
            if error.kind() == io::ErrorKind::BrokenPipe && args.outputs().next().is_none() =>
        {
            ExitCode::SUCCESS
        }
        Err(failure) => {
            note(format_args!("error: {failure}"));
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
    let list = num_steps.map(|_| read_list(args)).transpose()?;
    let mut docs = list.as_ref().map_or_else(Vec::new, |list| list.docs.clone());
    if list.is_some() {
        random.shuffle(&mut docs);
        writeln!(out, "num docs: {}", docs.len())?;
    }

    // The tokenizer and the parameters (lines 23–90)
    let settings = args.settings();
    let (tokenizer, mut params) = match (&args.load, &list) {
        (None, Some(List { tokenizer, .. })) => {
            let params = Parameters::random(settings.config, tokenizer.vocab_size(), &mut random)?;
            (tokenizer.clone(), params)
        }
        (path, _) => weights::load(path.as_deref().expect("without a list there are weights to load"))?,
    };
    if args.save.is_some() {
        weights::to_safetensors(&tokenizer, &params)?; // a model that fits the format, before the work as well
    }
    let prefix = tokenizer.encode(&args.prefix).map_err(Failure::Prefix)?;
    Sampler::new(&tokenizer, &params).check(&prefix, args.temperature)?;
    writeln!(out, "vocab size: {}", tokenizer.vocab_size())?;
    writeln!(out, "num params: {}", params.len())?;

    // Training (lines 146–184)
    if let Some(list) = &list {
        // Of a list of the reader's own; of any, when not all of it is taken as microgpt.py takes it
        if args.data.is_some() || list.byte_order_mark {
            note(format_args!("the list: {list}"));
            list.notes(params.config().block_size).iter().for_each(|text| note(format_args!("note: {text}")));
        }
        let losses;
        let mut trainer = settings
            .trainer(docs, &tokenizer, params)?
            .with_engine(args.engine.into())
            .with_batch(args.batch())?;
        trainer.learning_rate = args.learning_rate.unwrap_or(trainer.learning_rate);
        (params, losses) = train(trainer, args.revision, settings.num_steps, &mut out)?;
        if let Some(path) = &args.save {
            files::write(path, &weights::to_safetensors(&tokenizer, &params)?)?;
        }
        if let Some(path) = &args.plot {
            files::write(path, plot::loss_curve(&losses, tokenizer.vocab_size()).as_bytes())?;
        }
    }

    // Inference (lines 186–200)
    let heading = match args.revision {
        Which::Early => "inference",
        Which::Later => "inference (new, hallucinated names)",
    };
    writeln!(out, "\n--- {heading} ---")?;
    let sampler = Sampler::new(&tokenizer, &params).with_engine(args.engine.into());
    let mut known = 0;
    for sample_idx in 1..=args.samples {
        let sample = sampler.sample_after(&prefix, args.temperature, &mut random)?;
        writeln!(out, "sample {sample_idx:2}: {}", sample.text)?;
        known += usize::from(list.as_ref().is_some_and(|list| list.docs.contains(&sample.text)));
    }
    if args.data.is_some() {
        note(format_args!("{known} of {} samples stand in the list", args.samples));
    }
    Ok(())
}

/// Says something that is not the program's output.
fn note(text: impl Display) {
    let _ = writeln!(io::stderr(), "{text}"); // where this fails nobody is listening
}

/// The documents (line 19).
fn read_list(args: &Args) -> Result<List, Failure> {
    load_list(args.data()).map_err(|error| match error {
        DataError::Unreadable { source, .. }
            if args.data.is_none() && source.kind() == io::ErrorKind::NotFound =>
        {
            Failure::NoInput
        }
        error => Failure::Data(error),
    })
}

/// Trains and prints the progress lines; gives back the parameters and the loss of each step.
fn train(
    mut trainer: Trainer,
    revision: Which,
    num_steps: usize,
    out: &mut impl Write,
) -> Result<(Parameters, Vec<f64>), Failure> {
    let mut losses = Vec::new();
    // It goes to standard error, and nowhere if that is not a terminal. In the later revision each progress line
    // takes the place of the one before, and would take that of the bar.
    let bar = match revision {
        Which::Early => ProgressBar::new(num_steps as u64).with_style(
            ProgressStyle::with_template("{bar:30} {pos}/{len} steps, {eta} left").expect("a valid template"),
        ),
        Which::Later => ProgressBar::hidden(),
    };
    while let Some(step) = trainer.step()? {
        losses.push(step.loss);
        bar.inc(1);
        match revision {
            Which::Early => bar.suspend(|| writeln!(out, "{step}"))?,
            Which::Later => {
                write!(out, "{step}\r")?;
                out.flush()?;
            }
        }
    }
    bar.finish_and_clear();
    Ok((trainer.into_params(), losses))
}
