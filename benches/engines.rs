//! The engines' speed: `cargo bench --bench engines`. The phases of a step of the scalar engine, and whole
//! steps of both, with what they allocate.

use divan::{AllocProfiler, Bencher};
use microgpt::fused::VectorUnits;
use microgpt::{Adam, Engine, Program, Sampler, Tape, Trainer, loss};

#[global_allocator]
static ALLOC: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// The phases of a step with the scalar engine, on a name that fills the block.
mod scalar {
    use super::*;

    fn program() -> (Program, Vec<usize>) {
        let program = Program::untrained();
        let doc = program.docs.iter().find(|doc| doc.len() >= program.params.config().block_size);
        let tokens = program.tokenizer.encode_doc(doc.expect("a long name")).expect("a name of the data");
        (program, tokens)
    }

    #[divan::bench]
    fn parameters_on_tape(bencher: Bencher) {
        let (program, _) = program();
        let mut tape = Tape::new();
        bencher.bench_local(|| {
            tape.clear();
            drop(divan::black_box(program.params.on(&tape)));
        });
    }

    #[divan::bench]
    fn parameters_and_forward(bencher: Bencher) {
        let (program, tokens) = program();
        let mut tape = Tape::new();
        bencher.bench_local(|| {
            tape.clear();
            loss(&tokens, &program.params.on(&tape)).loss.data()
        });
    }

    #[divan::bench]
    fn backward(bencher: Bencher) {
        let (program, tokens) = program();
        let tape = Tape::new();
        let loss = loss(&tokens, &program.params.on(&tape)).loss;
        bencher.bench_local(|| {
            tape.zero_grad();
            loss.backward();
        });
    }

    #[divan::bench]
    fn adam(bencher: Bencher) {
        let mut params = Program::untrained().params;
        let mut adam = Adam::new(params.len());
        let grads: Vec<f64> = (0..params.len()).map(|i| 1e-3 * (i as f64).sin()).collect();
        bencher.bench_local(|| adam.update(params.as_mut_slice(), &grads, 100, 1e-3));
    }
}

/// Training for as long as it is measured, over one name after the other.
fn bench_steps(bencher: Bencher, change: impl Fn(Trainer) -> Trainer) {
    let Program { docs, tokenizer, params, .. } = Program::untrained();
    let mut trainer = change(Trainer::new(docs, &tokenizer, params, 100_000_000).expect("a training"));
    for _ in 0..500 {
        trainer.advance().expect("finite numbers"); // until the memory has its size
    }
    bencher.bench_local(|| trainer.advance().expect("finite numbers"));
}

#[divan::bench]
fn step_scalar(bencher: Bencher) {
    bench_steps(bencher, |trainer| trainer.with_engine(Engine::Scalar));
}

#[divan::bench(args = VectorUnits::available().map(|units| format!("{units:?}")).collect::<Vec<_>>())]
fn step_fused(bencher: Bencher, units: &str) {
    let units =
        VectorUnits::available().find(|found| format!("{found:?}") == units).expect("one of the args");
    bench_steps(bencher, |trainer| trainer.with_vector_units(units));
}

#[divan::bench]
fn step_fused_64_documents(bencher: Bencher) {
    bench_steps(bencher, |trainer| {
        trainer.with_engine(Engine::Fused).with_batch(64).expect("64 is more than none")
    });
}

#[divan::bench(args = ["Scalar", "Fused"])]
fn sample(bencher: Bencher, engine: &str) {
    let mut program = Program::untrained();
    let engine = if engine == "Fused" { Engine::Fused } else { Engine::Scalar };
    let sampler = Sampler::new(&program.tokenizer, &program.params).with_engine(engine);
    bencher.bench_local(|| sampler.sample(0.5, &mut program.random).expect("finite numbers"));
}
