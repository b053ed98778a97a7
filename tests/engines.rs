//! The fused engine computes what the scalar engine computes, and both what they should.

use std::panic::Location;

use microgpt::activations::{Activations, HeadActivations, LayerActivations};
use microgpt::fused::VectorUnits;
use microgpt::inference::SamplingError;
use microgpt::training::TrainingError;
use microgpt::{
    Ablation, Config, Engine, Fused, Parameters, Program, Random, Revision, Sampler, StateDict, Tape,
    Trainer, Value, linear, rmsnorm, softmax, trace,
};
use proptest::collection::vec;
use proptest::prelude::*;

/// All parts of the model, one at a time.
fn ablations() -> [Ablation; 4] {
    let none = Ablation::NONE;
    [
        Ablation { no_position_embedding: true, ..none },
        Ablation { no_residual: true, ..none },
        Ablation { no_rmsnorm: true, ..none },
        Ablation { no_score_scaling: true, ..none },
    ]
}

/// Parameters that are all different from 0, so that every gradient has something to do.
fn parameters(config: Config, vocab_size: usize, seed: u64) -> Parameters {
    let mut random = Random::new(seed);
    let mut params = Parameters::random(config, vocab_size, &mut random).unwrap();
    params.as_mut_slice().iter_mut().for_each(|p| *p = random.gauss(0.0, 0.1));
    params
}

/// The losses and gradients as the operations of lines 108–169 give them, with parts of the model left out; and how
/// large the gradients of a single prediction are, at most. Those of several may cancel, their rounding errors not.
fn scalar_gradients(params: &Parameters, tokens: &[usize]) -> (Vec<f64>, Vec<f64>, f64) {
    let tape = Tape::new();
    let whole = params.clone().with_ablation(Ablation::NONE);
    let computed = reference::logits(&whole.on(&tape), params.ablation(), tokens);
    let losses: Vec<Value> =
        computed.iter().zip(&tokens[1..]).map(|(logits, &target)| -softmax(logits)[target].log()).collect();
    let of_one = |loss: &Value| {
        tape.zero_grad();
        loss.backward();
        largest(&tape.grads(params.len()))
    };
    let size = losses.iter().map(of_one).fold(0.0, f64::max);
    tape.zero_grad();
    (tape.sum(losses.iter().copied()) / losses.len() as f64).backward();
    (losses.iter().map(|loss| loss.data()).collect(), tape.grads(params.len()), size)
}

/// The model once more, without some of its parts, to judge the fused engine by.
mod reference {
    use super::*;

    /// The logits of each position.
    pub fn logits<'t>(state_dict: &StateDict<'t>, off: Ablation, tokens: &[usize]) -> Vec<Vec<Value<'t>>> {
        let config = state_dict.config();
        let n = config.block_size.min(tokens.len() - 1);
        let mut keys = vec![Vec::new(); config.n_layer];
        let mut values = keys.clone();
        let norm = |x: &[Value<'t>]| if off.no_rmsnorm { x.to_vec() } else { rmsnorm(x) };
        let add =
            |a: &[Value<'t>], b: &[Value<'t>]| a.iter().zip(b).map(|(&a, &b)| a + b).collect::<Vec<_>>();
        let residual =
            |x: Vec<Value<'t>>, before: &[Value<'t>]| if off.no_residual { x } else { add(&x, before) };
        let position = |(pos_id, &token): (usize, &usize)| {
            let tok_emb = &state_dict.wte[token];
            let pos_emb = &state_dict.wpe[pos_id];
            let mut x =
                norm(&if off.no_position_embedding { tok_emb.clone() } else { add(tok_emb, pos_emb) });
            for (li, layer) in state_dict.layers.iter().enumerate() {
                let input = norm(&x);
                let q = linear(&input, &layer.attn_wq);
                keys[li].push(linear(&input, &layer.attn_wk));
                values[li].push(linear(&input, &layer.attn_wv));
                let x_attn: Vec<_> = (0..config.n_embd)
                    .step_by(config.head_dim())
                    .flat_map(|start| attend(start, off, config, &q, &keys[li], &values[li]))
                    .collect();
                x = residual(linear(&x_attn, &layer.attn_wo), &x);
                let activate =
                    |x: Value<'t>| if config.squared_relu { x.relu() * x.relu() } else { x.relu() };
                let hidden: Vec<_> = linear(&norm(&x), &layer.mlp_fc1).into_iter().map(activate).collect();
                x = residual(linear(&hidden, &layer.mlp_fc2), &x);
            }
            linear(&x, &state_dict.lm_head)
        };
        tokens[..n].iter().enumerate().map(position).collect()
    }

    /// The head whose entries begin at `start`.
    fn attend<'t>(
        start: usize,
        off: Ablation,
        config: Config,
        q: &[Value<'t>],
        keys: &[Vec<Value<'t>>],
        values: &[Vec<Value<'t>>],
    ) -> Vec<Value<'t>> {
        let tape = q[0].tape();
        let head = start..start + config.head_dim();
        let scale = if off.no_score_scaling { 1.0 } else { (config.head_dim() as f64).sqrt() };
        let score = |k: &Vec<Value<'t>>| tape.dot(&q[head.clone()], &k[head.clone()]) / scale;
        let weights = softmax(&keys.iter().map(score).collect::<Vec<_>>());
        let column = |j: usize| values.iter().map(|v| v[j]).collect::<Vec<_>>();
        head.clone().map(|j| tape.dot(&weights, &column(j))).collect()
    }
}

fn fused_gradients(params: &Parameters, tokens: &[usize], units: VectorUnits) -> (Vec<f64>, Vec<f64>) {
    let (mut losses, mut grads) = (Vec::new(), vec![f64::NAN; params.len()]);
    let mut fused = Fused::new(params).with_vector_units(units);
    fused.loss_and_gradients(params.as_slice(), tokens, 1.0, &mut losses, &mut grads, false);
    (losses, grads)
}

/// All numbers of some activations, in one order. That none is missing is seen by the compiler.
fn numbers(activations: &Activations<f64>) -> Vec<f64> {
    let Activations { tok_emb, pos_emb, embedding, embedding_norm, layers, logits } = activations;
    let mut numbers = [&tok_emb[..], pos_emb, embedding, embedding_norm, logits].concat();
    for layer in layers {
        let LayerActivations { attn_norm, q, k, v, heads, x_attn, attn_out, .. } = layer;
        let LayerActivations {
            attn_residual, mlp_norm, mlp_hidden, mlp_active, mlp_out, mlp_residual, ..
        } = layer;
        for part in [attn_norm, q, k, v, x_attn, attn_out] {
            numbers.extend(part);
        }
        for part in [attn_residual, mlp_norm, mlp_hidden, mlp_active, mlp_out, mlp_residual] {
            numbers.extend(part);
        }
        for HeadActivations { attn_logits, attn_weights, head_out } in heads {
            numbers.extend([&attn_logits[..], attn_weights, head_out].concat());
        }
    }
    numbers
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
        squared_relu: bool,
    ) -> Config {
        Config { n_embd: n_head * head_dim, n_head, n_layer, block_size, squared_relu, ..Config::default() }
    }
}

prop_compose! {
    fn any_ablation()(off in vec(any::<bool>(), 4)) -> Ablation {
        Ablation {
            no_position_embedding: off[0],
            no_residual: off[1],
            no_rmsnorm: off[2],
            no_score_scaling: off[3],
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
        let (losses, grads, _) = scalar_gradients(&params, &tokens);
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
        let (losses, grads, size) = scalar_gradients(&params, &tokens);
        for units in VectorUnits::available() {
            let (fused_losses, fused_grads) = fused_gradients(&params, &tokens, units);
            assert_close("loss", &losses, &fused_losses, 1e-12, 1e-15);
            assert_close("gradient", &grads, &fused_grads, 1e-12, 1e-12 * size);
        }
    }

    #[test]
    fn engines_agree_on_every_activation(
        config in any_config(), (vocab_size, tokens) in any_document(), seed: u64,
    ) {
        let params = parameters(config, vocab_size, seed);
        let [scalar, fused] = [Engine::Scalar, Engine::Fused].map(|engine| trace(&params, &tokens, engine));
        prop_assert_eq!(scalar.len(), tokens.len().min(config.block_size));
        prop_assert_eq!(fused.len(), scalar.len());
        for (scalar, fused) in scalar.iter().zip(&fused) {
            assert_close("activation", &numbers(scalar), &numbers(fused), 1e-11, 1e-14);
        }
    }

    #[test]
    fn without_some_parts_the_logits_are_those_of_the_reference(
        config in any_config(), ablation in any_ablation(), (vocab_size, tokens) in any_document(), seed: u64,
    ) {
        let params = parameters(config, vocab_size, seed);
        let tape = Tape::new();
        let reference = reference::logits(&params.on(&tape), ablation, &tokens);
        let fused = trace(&params.with_ablation(ablation), &tokens[..tokens.len() - 1], Engine::Fused);
        prop_assert_eq!(fused.len(), reference.len());
        for (fused, reference) in fused.iter().zip(reference) {
            let reference: Vec<f64> = reference.iter().map(|logit| logit.data()).collect();
            assert_close("logit", &fused.logits, &reference, 1e-11, 1e-14);
        }
    }

    #[test]
    fn fused_gradients_are_the_slopes_of_the_loss(
        config in any_config(), ablation in any_ablation(), (vocab_size, tokens) in any_document(), seed: u64,
        places in vec(any::<prop::sample::Index>(), 8),
    ) {
        // A corner of ReLU is no slope; that of its square is.
        let config = Config { squared_relu: true, ..config };
        // Without residual connections small numbers are scaled up, and a step that is small for most is large for some.
        let ablation = Ablation { no_residual: false, ..ablation };
        let mut params = parameters(config, vocab_size, seed).with_ablation(ablation);
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
            let slope = |h: f64| (loss_at(h) - loss_at(-h)) / (2.0 * h);
            let [coarse, medium, fine] = [4e-5, 2e-5, 1e-5].map(slope);
            // How far they are apart tells how far to trust them: where ReLU bends, or a small number is scaled up, less.
            let doubt = (coarse - medium).abs().max((medium - fine).abs());
            assert_close("slope", &[grads[place]], &[fine], 1e-4, f64::max(1e-7, 4.0 * doubt));
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
        assert_eq!(a.learning_rate, b.learning_rate);
        assert_eq!(a.documents.len(), b.documents.len());
        for (a, b) in a.documents.iter().zip(&b.documents) {
            assert_close("loss of a prediction", &a.losses, &b.losses, 0.0, 1e-8);
            assert_eq!((&a.doc, &a.tokens), (&b.doc, &b.tokens));
        }
        assert_close("gradient", scalar.grads(), fused.grads(), 0.0, 1e-8);
        assert_close("m", &scalar.adam().m, &fused.adam().m, 0.0, 1e-8);
        assert_close("v", &scalar.adam().v, &fused.adam().v, 0.0, 1e-8);
    }
    [scalar.into_params(), fused.into_params()]
}

#[test]
fn engines_train_the_same_model_on_input_txt() {
    let program = Program::untrained();
    let [scalar, fused] = train_both(|| program.trainer(), Program::NUM_STEPS);
    let texts = |params: &Parameters, engine| -> Vec<String> {
        let mut random = program.random.clone();
        let sampler = Sampler::new(&program.tokenizer, params).with_engine(engine);
        (0..20).map(|_| sampler.sample(0.5, &mut random).unwrap().text).collect()
    };
    assert_eq!(texts(&scalar, Engine::Scalar), texts(&fused, Engine::Fused));
}

#[test]
fn each_part_left_out_changes_the_training() {
    let whole = Program::untrained();
    let trained = |params: Parameters| {
        let mut trainer = Program { params, ..whole.clone() }.trainer().with_engine(Engine::Fused);
        (0..20).for_each(|_| assert!(trainer.advance().unwrap().is_some()));
        trainer.into_params().as_slice().to_vec()
    };
    let of_the_whole = trained(whole.params.clone());
    for ablation in ablations() {
        let without = trained(whole.params.clone().with_ablation(ablation));
        assert_ne!(of_the_whole, without, "{ablation:?} changes nothing");
    }
}

#[test]
fn another_optimizer_trains_alike_in_both_engines_and_unlike_adam() {
    let program = Program::untrained();
    let [adam, _] = train_both(|| program.trainer(), 20);
    let changes: [fn(&mut Trainer); 2] =
        [|trainer| trainer.plain_sgd = true, |trainer| trainer.adam_mut().bias_correction = false];
    for change in changes {
        let changed = || {
            let mut trainer = program.trainer();
            change(&mut trainer);
            trainer
        };
        let [other, _] = train_both(changed, 20);
        assert_ne!(adam.as_slice(), other.as_slice());
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
    assert_eq!(step.documents.len(), 3);
    let mut mean = vec![0.0; program.params.len()];
    let mut mean_loss = 0.0;
    for doc in &program.docs[..3] {
        let (losses, grads, _) =
            scalar_gradients(&program.params, &program.tokenizer.encode_doc(doc).unwrap());
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
    for learning_rate in [3.0, 10.0, 100.0] {
        let failure = |engine| {
            let mut trainer = Program::untrained().trainer().with_engine(engine);
            trainer.plain_sgd = true;
            trainer.learning_rate = learning_rate;
            std::iter::from_fn(|| trainer.advance().transpose()).find_map(Result::err)
        };
        // As text: a loss may be NaN, which equals nothing
        let [scalar, fused] =
            [Engine::Scalar, Engine::Fused].map(|engine| failure(engine).map(|error| error.to_string()));
        assert!(scalar.is_some(), "{learning_rate}");
        assert_eq!(scalar, fused, "{learning_rate}");
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
        // Of BOS, which every text begins with
        program.params.as_mut_slice()[program.tokenizer.bos() * 16] = f64::NAN;
        let sampler = Sampler::new(&program.tokenizer, &program.params).with_engine(engine);
        let error = sampler.sample(1.0, &mut Random::new(1)).unwrap_err();
        assert_eq!(error, SamplingError::NotFinite { pos_id: 0 }, "{engine:?}");
    }
}

#[test]
fn engines_train_the_later_revision_alike_and_each_of_its_settings_counts() {
    let Program { docs, tokenizer, random, .. } = Program::untrained();
    let trained = |revision: Revision| {
        let params =
            Parameters::random(revision.config, tokenizer.vocab_size(), &mut random.clone()).unwrap();
        let trainer = || revision.trainer(docs.clone(), &tokenizer, params.clone()).unwrap();
        let [params, _] = train_both(trainer, 50);
        params.as_slice().to_vec()
    };
    let (early, later) = (Revision::EARLY, Revision::LATER);
    let of_the_later = trained(later);
    for (what, other) in [
        ("block", Revision { config: Config { block_size: 8, ..later.config }, ..later }),
        ("std", Revision { config: Config { std: early.config.std, ..later.config }, ..later }),
        ("std_residual", Revision { config: Config { std_residual: 0.0, ..later.config }, ..later }),
        ("squared_relu", Revision { config: Config { squared_relu: true, ..later.config }, ..later }),
        ("betas", Revision { betas: early.betas, ..later }),
        ("schedule", Revision { schedule: early.schedule, ..later }),
        ("steps", Revision { num_steps: early.num_steps, ..later }),
    ] {
        assert_ne!(trained(other), of_the_later, "{what} changes nothing");
    }
}
