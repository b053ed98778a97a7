//! The fused engine computes what the scalar engine computes, and both what they should.

use std::panic::Location;

use microgpt::fused::VectorUnits;
use microgpt::inference::SamplingError;
use microgpt::training::TrainingError;
use microgpt::{
    Ablation, Config, Engine, Fused, Parameters, Program, Random, Sampler, Tape, Trainer, loss, trace,
};
use proptest::collection::vec;
use proptest::prelude::*;

/// All switches, one at a time.
fn ablations() -> [Ablation; 7] {
    let none = Ablation::default();
    [
        Ablation { no_position_embedding: true, ..none },
        Ablation { no_residual: true, ..none },
        Ablation { no_rmsnorm: true, ..none },
        Ablation { no_score_scaling: true, ..none },
        Ablation { plain_relu: true, ..none },
        Ablation { no_bias_correction: true, ..none },
        Ablation { plain_sgd: true, ..none },
    ]
}

/// Parameters that are all different from 0, so that every gradient has something to do.
fn parameters(config: Config, vocab_size: usize, seed: u64) -> Parameters {
    let mut random = Random::new(seed);
    let mut params = Parameters::random(config, vocab_size, &mut random).unwrap();
    params.as_mut_slice().iter_mut().for_each(|p| *p = random.gauss(0.0, 0.1));
    params
}

fn scalar_gradients(params: &Parameters, tokens: &[usize]) -> (Vec<f64>, Vec<f64>) {
    let tape = Tape::new();
    let computed = loss(tokens, &params.on(&tape));
    computed.loss.backward();
    let grads = (0..params.len()).map(|i| tape.get(i).unwrap().grad()).collect();
    (computed.losses.iter().map(|loss| loss.data()).collect(), grads)
}

fn fused_gradients(params: &Parameters, tokens: &[usize], units: VectorUnits) -> (Vec<f64>, Vec<f64>) {
    let (mut losses, mut grads) = (Vec::new(), vec![f64::NAN; params.len()]);
    let mut fused = Fused::new(params).with_vector_units(units);
    fused.loss_and_gradients(params.as_slice(), tokens, 1.0, &mut losses, &mut grads, false);
    (losses, grads)
}

#[track_caller]
fn assert_close(what: &str, a: &[f64], b: &[f64], relative: f64, absolute: f64) {
    assert_eq!(a.len(), b.len(), "{what}");
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        let error = (a - b).abs();
        let bound = absolute.max(relative * a.abs().max(b.abs()));
        assert!(error <= bound, "{what} {i}: {a:e} and {b:e} differ by {error:e} ({})", Location::caller());
    }
}

fn largest(numbers: &[f64]) -> f64 {
    numbers.iter().fold(0.0, |largest, number| number.abs().max(largest))
}

prop_compose! {
    fn any_config()(
        n_head in 1..=4_usize, head_dim in 1..=5_usize, n_layer in 1..=3_usize, block_size in 1..=20_usize,
    ) -> Config {
        Config { n_embd: n_head * head_dim, n_head, n_layer, block_size }
    }
}

prop_compose! {
    fn any_ablation()(off in vec(any::<bool>(), 5)) -> Ablation {
        Ablation {
            no_position_embedding: off[0],
            no_residual: off[1],
            no_rmsnorm: off[2],
            no_score_scaling: off[3],
            plain_relu: off[4],
            ..Ablation::default()
        }
    }
}

prop_compose! {
    fn any_document()(vocab_size in 1..=20_usize)(
        vocab_size in Just(vocab_size), tokens in vec(0..vocab_size, 2..=24),
    ) -> (usize, Vec<usize>) {
        (vocab_size, tokens)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn engines_agree_on_every_gradient(
        config in any_config(), (vocab_size, tokens) in any_document(), seed: u64,
    ) {
        let params = parameters(config, vocab_size, seed);
        let (losses, grads) = scalar_gradients(&params, &tokens);
        for units in VectorUnits::available() {
            let (fused_losses, fused_grads) = fused_gradients(&params, &tokens, units);
            assert_close("loss", &losses, &fused_losses, 1e-12, 1e-15);
            assert_close("gradient", &grads, &fused_grads, 1e-12, 1e-15);
        }
    }

    /// Without residual connections or rmsnorm numbers can be tiny, and their rounding errors in proportion.
    #[test]
    fn engines_agree_on_every_gradient_without_some_parts(
        config in any_config(), ablation in any_ablation(), (vocab_size, tokens) in any_document(), seed: u64,
    ) {
        let params = parameters(config, vocab_size, seed).with_ablation(ablation);
        let (losses, grads) = scalar_gradients(&params, &tokens);
        for units in VectorUnits::available() {
            let (fused_losses, fused_grads) = fused_gradients(&params, &tokens, units);
            assert_close("loss", &losses, &fused_losses, 1e-12, 1e-15);
            assert_close("gradient", &grads, &fused_grads, 1e-12, 1e-12 * largest(&grads));
        }
    }

    #[test]
    fn engines_agree_on_every_activation(
        config in any_config(), ablation in any_ablation(), (vocab_size, tokens) in any_document(), seed: u64,
    ) {
        let params = parameters(config, vocab_size, seed).with_ablation(ablation);
        let [scalar, fused] = [Engine::Scalar, Engine::Fused].map(|engine| trace(&params, &tokens, engine));
        prop_assert_eq!(scalar.len(), tokens.len().min(config.block_size));
        // Both print in the same order, so the numbers can be compared one by one.
        let numbers = |activations| -> Vec<f64> {
            let text = format!("{activations:?}");
            text.split(|c: char| !"0123456789.-einf".contains(c)).filter_map(|word| word.parse().ok()).collect()
        };
        assert_close("activation", &numbers(scalar), &numbers(fused), 1e-11, 1e-14);
    }

    #[test]
    fn fused_gradients_are_the_slopes_of_the_loss(
        config in any_config(), ablation in any_ablation(), (vocab_size, tokens) in any_document(), seed: u64,
        places in vec(any::<prop::sample::Index>(), 8),
    ) {
        let mut params = parameters(config, vocab_size, seed).with_ablation(Ablation {
            // Without them small numbers are scaled up, and a step that is small for most is large for some.
            no_residual: false,
            // A corner of ReLU is no slope; that of its square is.
            plain_relu: false,
            ..ablation
        });
        let (_, grads) = fused_gradients(&params, &tokens, VectorUnits::best());
        for place in places {
            let place = place.index(params.len());
            let mut loss_at = |shift: f64| {
                let before = params.as_slice()[place];
                params.as_mut_slice()[place] = before + shift;
                let (losses, _) = fused_gradients(&params, &tokens, VectorUnits::best());
                params.as_mut_slice()[place] = before;
                losses.iter().sum::<f64>() / losses.len() as f64
            };
            let slope = (loss_at(1e-5) - loss_at(-1e-5)) / 2e-5;
            assert_close("slope", &[grads[place]], &[slope], 1e-4, 1e-7);
        }
    }
}

/// Trains with both engines and compares; gives back the parameters of both.
fn train_both(trainer: impl Fn() -> Trainer, steps: usize) -> [Parameters; 2] {
    let mut scalar = trainer();
    let mut fused = trainer().with_engine(Engine::Fused);
    for _ in 0..steps {
        let (a, b) = (scalar.step().unwrap().unwrap(), fused.step().unwrap().unwrap());
        assert_close("loss", &[a.loss], &[b.loss], 0.0, 1e-9);
        assert_close("loss of a prediction", &a.losses, &b.losses, 0.0, 1e-8);
        assert_eq!((&a.doc, &a.tokens, a.learning_rate), (&b.doc, &b.tokens, b.learning_rate));
        assert_eq!(a.others.len(), b.others.len());
        for (a, b) in a.others.iter().zip(&b.others) {
            assert_close("loss of another document", &a.losses, &b.losses, 0.0, 1e-8);
            assert_eq!((&a.doc, &a.tokens), (&b.doc, &b.tokens));
        }
        assert_close("gradient", scalar.grads(), fused.grads(), 0.0, 1e-8);
        assert_close("m", &scalar.adam().m, &fused.adam().m, 0.0, 1e-8);
        assert_close("v", &scalar.adam().v, &fused.adam().v, 0.0, 1e-8);
    }
    [scalar.into_params(), fused.into_params()]
}

fn same_training_and_samples(program: &Program) {
    let [scalar, fused] = train_both(|| program.trainer(), Program::NUM_STEPS);
    let texts = |params: &Parameters, engine| -> Vec<String> {
        let mut random = program.random.clone();
        let sampler = Sampler::new(&program.tokenizer, params).with_engine(engine);
        (0..20).map(|_| sampler.sample(0.5, &mut random).unwrap().text).collect()
    };
    assert_eq!(texts(&scalar, Engine::Scalar), texts(&fused, Engine::Fused));
}

#[test]
fn engines_train_the_same_model_on_input_txt() {
    same_training_and_samples(&Program::untrained());
}

#[test]
fn engines_train_the_same_model_on_the_original_names() {
    let names = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/names.txt");
    let Ok(mut docs) = microgpt::load_docs(names) else {
        return println!("the original list of names is not here");
    };
    let mut random = Random::new(42);
    random.shuffle(&mut docs);
    let tokenizer = microgpt::Tokenizer::new(&docs);
    let params = Parameters::random(Config::default(), tokenizer.vocab_size(), &mut random).unwrap();
    same_training_and_samples(&Program { docs, tokenizer, params, random });
}

#[test]
fn each_ablation_trains_alike_in_both_engines_and_unlike_the_whole() {
    let whole = Program::untrained();
    let [params, _] = train_both(|| whole.trainer(), 20);
    for ablation in ablations() {
        let program = Program { params: whole.params.clone().with_ablation(ablation), ..whole.clone() };
        let [without, _] = train_both(|| program.trainer(), 20);
        assert_ne!(params.as_slice(), without.as_slice(), "{ablation:?} changes nothing");
    }
}

#[test]
fn several_documents_in_a_step_train_alike_in_both_engines() {
    let program = Program::untrained();
    for batch in [2, 17, 40] {
        let [of_one, _] = train_both(|| program.trainer(), 5);
        let [of_several, _] = train_both(|| program.trainer().with_batch(batch).unwrap(), 5);
        assert_ne!(of_one.as_slice(), of_several.as_slice());
    }
}

#[test]
fn a_step_of_several_documents_follows_their_mean_gradient() {
    let program = Program::untrained();
    let mut batched = program.trainer().with_batch(3).unwrap().with_engine(Engine::Fused);
    let step = batched.step().unwrap().unwrap();
    assert_eq!(step.others.len(), 2);
    let mut mean = vec![0.0; program.params.len()];
    let mut mean_loss = 0.0;
    for doc in &program.docs[..3] {
        let (losses, grads) = scalar_gradients(&program.params, &program.tokenizer.encode_doc(doc).unwrap());
        mean_loss += losses.iter().sum::<f64>() / losses.len() as f64 / 3.0;
        mean.iter_mut().zip(grads).for_each(|(sum, grad)| *sum += grad / 3.0);
    }
    assert_close("gradient", &mean, batched.grads(), 1e-11, 1e-15);
    assert_close("loss", &[mean_loss], &[step.loss], 1e-12, 0.0);
}

#[test]
fn the_number_of_threads_does_not_change_a_bit() {
    let trained = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut trainer =
                Program::untrained().trainer().with_engine(Engine::Fused).with_batch(37).unwrap();
            for _ in 0..10 {
                trainer.advance().unwrap();
            }
            trainer.into_params().as_slice().iter().map(|p| p.to_bits()).collect::<Vec<_>>()
        })
    };
    let alone = trained(1);
    assert_eq!(alone, trained(2));
    assert_eq!(alone, trained(5));
}

#[test]
fn a_step_without_documents_is_an_error() {
    assert_eq!(Program::untrained().trainer().with_batch(0).unwrap_err(), TrainingError::NoBatch);
}

#[test]
fn an_overflow_is_reported_with_its_step_and_not_trained_through() {
    for engine in [Engine::Scalar, Engine::Fused] {
        let mut trainer = Program::untrained().trainer().with_engine(engine);
        trainer.learning_rate = 1e200;
        trainer.step().unwrap();
        let before = trainer.params().clone();
        let error = trainer.step().unwrap_err();
        assert!(matches!(error, TrainingError::NotFinite { step: 2, .. }), "{engine:?}: {error}");
        assert_eq!(&before, trainer.params());
        assert_eq!(trainer.step().unwrap_err().to_string(), error.to_string());
    }
}

#[test]
fn both_engines_notice_at_the_same_step_that_a_training_diverges() {
    let ablation = Ablation { plain_sgd: true, ..Ablation::default() };
    for learning_rate in [3.0, 10.0, 100.0] {
        let failure = |engine| {
            let mut program = Program::untrained();
            program.params = program.params.with_ablation(ablation);
            let mut trainer = program.trainer().with_engine(engine);
            trainer.learning_rate = learning_rate;
            std::iter::from_fn(|| trainer.advance().transpose()).find_map(Result::err)
        };
        assert!(failure(Engine::Scalar).is_some(), "{learning_rate}");
        assert_eq!(failure(Engine::Scalar), failure(Engine::Fused), "{learning_rate}");
    }
}

#[test]
fn a_parameter_that_is_no_number_is_reported_by_both_engines() {
    for engine in [Engine::Scalar, Engine::Fused] {
        // Of the first document's letters, so that both come across it.
        let mut program = Program::untrained();
        let token = program.tokenizer.encode(&program.docs[0]).unwrap()[0];
        program.params.as_mut_slice()[token * 16] = f64::NAN;
        let error = program.trainer().with_engine(engine).step().unwrap_err();
        assert!(error.to_string().contains("step 1: the loss is NaN"), "{engine:?}: {error}");
        let sampler = Sampler::new(&program.tokenizer, &program.params).with_engine(engine);
        program.params.clone().as_mut_slice().fill(f64::NAN);
        let mut random = Random::new(1);
        let results: Vec<_> = (0..50).map(|_| sampler.sample(1.0, &mut random)).collect();
        assert!(results.iter().any(|result| matches!(result, Err(SamplingError::NotFinite { .. }))));
    }
}
