//! The fused engine: the same model without a tape. "Everything else is just efficiency."
//!
//! The scalar engine writes down each addition and multiplication to find its way back. But the way is
//! always the same, so here it is written out by hand: for each formula of the forward pass the formula of
//! its gradients, over plain arrays. Then three things make it fast:
//!
//! - **Layout**: eight positions of a document are computed side by side, in the lanes of the processor's
//!   vector instructions, as they all go through the same weights. Forward, every sum is still
//!   added up in Python's order, one entry after the other.
//! - **Vector units**: the code is compiled once for each kind of processor, and the best is chosen when the
//!   program runs, see [`VectorUnits`].
//! - **No allocation**: the memory of one document serves the next.
//!
//! The results equal the scalar engine's except for their last bits, as gradients have shorter formulas, added
//! in another order, some products are added without being rounded first, and eˣ, roots and divisions are
//! computed in other ways. Only a loss above about 697 is infinite here and not yet there.

mod group;
mod lanes;
mod linear;
mod optimizer;
mod vector_units;

use crate::activations::Activations;
use crate::parameters::{Config, Parameters};
use group::{Gradients, Group, Plan};
use lanes::LANES;
pub(crate) use optimizer::{all_finite, update};
use vector_units::Task;
pub use vector_units::VectorUnits;

/// A model of given sizes, ready to compute: its working memory.
#[derive(Debug, Clone)]
pub struct Fused {
    plan: Plan,
    vector_units: VectorUnits,
    /// Groups of eight positions, as many as the longest document so far needed.
    groups: Vec<Group>,
    gradients: Gradients,
}

impl Fused {
    /// An engine for parameters of these sizes, with the best vector instructions of this processor.
    pub fn new(params: &Parameters) -> Self {
        let plan = Plan::new(params.config(), params.ablation(), params.vocab_size());
        Fused {
            vector_units: VectorUnits::best(),
            groups: Vec::new(),
            gradients: Gradients::new(&plan),
            plan,
        }
    }

    /// The same with other vector instructions, to compare them.
    #[must_use]
    pub fn with_vector_units(self, vector_units: VectorUnits) -> Self {
        Fused { vector_units, ..self }
    }

    /// The sizes of the model.
    pub fn config(&self) -> Config {
        self.plan.config
    }

    /// Predicts each next token of a document and says how wrong that was (lines 158–172): the loss of each
    /// prediction goes to the end of `losses`, and the gradients of `weight` times their mean are written to
    /// `grads`, or with `add` added to what is there, an entry for each of `params`.
    ///
    /// Of a document longer than the block only the first block_size predictions count. Allocates nothing
    /// once it has seen the longest document.
    ///
    /// # Panics
    ///
    /// If there are fewer than two tokens, one is not in the vocabulary, or `params` and `grads` have not
    /// the length of the engine's parameters.
    pub fn loss_and_gradients(
        &mut self,
        params: &[f64],
        tokens: &[usize],
        weight: f64,
        losses: &mut Vec<f64>,
        grads: &mut [f64],
        add: bool,
    ) {
        assert!(tokens.len() >= 2, "a prediction needs a token and the one after it");
        assert!(grads.len() == self.plan.num_params(), "the gradients are as many as the parameters");
        let n = self.plan.config.block_size.min(tokens.len() - 1);
        self.make_room(n);
        self.check(params, &tokens[..=n]);
        let (tokens, targets) = (&tokens[..n], &tokens[1..=n]);
        let weight = weight / n as f64;
        self.vector_units.run(LossAndGradients {
            fused: self,
            params,
            tokens,
            targets,
            weight,
            losses,
            grads,
            add,
        });
    }

    /// Predicts each next token of a document and says how wrong that was (lines 158–167), without a thought
    /// of gradients: the loss of each prediction goes to the end of `losses`.
    ///
    /// # Panics
    ///
    /// If there are fewer than two tokens, one is not in the vocabulary, or `params` has not the length of the
    /// engine's parameters.
    pub fn losses(&mut self, params: &[f64], tokens: &[usize], losses: &mut Vec<f64>) {
        assert!(tokens.len() >= 2, "a prediction needs a token and the one after it");
        let n = self.plan.config.block_size.min(tokens.len() - 1);
        self.check(params, &tokens[..=n]);
        let (tokens, targets) = (&tokens[..n], &tokens[1..=n]);
        self.forward(params, tokens);
        self.vector_units.run(Losses { fused: self, targets, losses });
    }

    /// The scores of each token to come after `tokens` (line 143), `[vocab_size]`.
    ///
    /// # Panics
    ///
    /// If there is no token, more than the block has positions, or one is not in the vocabulary, or `params` has not
    /// the length of the engine's parameters.
    pub fn logits(&mut self, params: &[f64], tokens: &[usize]) -> Vec<f64> {
        self.forward(params, tokens);
        let last = tokens.len() - 1;
        self.groups[last / LANES].logits(&self.plan, last % LANES).collect()
    }

    /// What the model computes at each position of `tokens`.
    ///
    /// # Panics
    ///
    /// If there are more tokens than the block has positions, or one is not in the vocabulary, or `params` has not
    /// the length of the engine's parameters.
    pub fn activations(&mut self, params: &[f64], tokens: &[usize]) -> Vec<Activations<f64>> {
        self.forward(params, tokens);
        let group_of = |pos_id: usize| &self.groups[pos_id / LANES];
        let position =
            |(pos_id, &token)| group_of(pos_id).activations(&self.plan, params, token, pos_id % LANES);
        tokens.iter().enumerate().map(position).collect()
    }

    fn forward(&mut self, params: &[f64], tokens: &[usize]) {
        assert!(tokens.len() <= self.plan.config.block_size, "more tokens than positions");
        self.check(params, tokens);
        self.make_room(tokens.len());
        self.vector_units.run(Forward { fused: self, params, tokens });
    }

    fn check(&self, params: &[f64], tokens: &[usize]) {
        assert!(params.len() == self.plan.num_params(), "the parameters are those of another model");
        assert!(tokens.iter().all(|&token| token < self.plan.vocab_size), "a token beyond the vocabulary");
    }

    fn make_room(&mut self, positions: usize) {
        for index in self.groups.len()..positions.div_ceil(LANES) {
            self.groups.push(Group::new(&self.plan, index));
        }
    }
}

struct Forward<'a> {
    fused: &'a mut Fused,
    params: &'a [f64],
    tokens: &'a [usize],
}

impl Task for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Fused { plan, groups, .. } = self.fused;
        for (index, tokens) in self.tokens.chunks(LANES).enumerate() {
            let (before, group) = groups.split_at_mut(index);
            group[0].forward::<FMA>(before, plan, self.params, tokens);
        }
    }
}

struct Losses<'a> {
    fused: &'a mut Fused,
    targets: &'a [usize],
    losses: &'a mut Vec<f64>,
}

impl Task for Losses<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Losses { fused, targets, losses } = self;
        for (group, targets) in fused.groups.iter_mut().zip(targets.chunks(LANES)) {
            group.losses::<FMA>(targets, losses);
        }
    }
}

struct LossAndGradients<'a> {
    fused: &'a mut Fused,
    params: &'a [f64],
    tokens: &'a [usize],
    targets: &'a [usize],
    weight: f64,
    losses: &'a mut Vec<f64>,
    grads: &'a mut [f64],
    add: bool,
}

impl Task for LossAndGradients<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let LossAndGradients { fused, params, tokens, targets, weight, losses, grads, mut add } = self;
        Forward { fused, params, tokens }.run::<FMA>();
        let Fused { plan, groups, gradients, .. } = fused;
        let chunks = tokens.chunks(LANES).zip(targets.chunks(LANES));
        for (group, targets) in groups.iter_mut().zip(targets.chunks(LANES)) {
            group.losses::<FMA>(targets, losses);
            group.begin_backward();
        }
        for (index, chunk) in chunks.enumerate().rev() {
            let (before, group) = groups.split_at_mut(index);
            group[0].backward::<FMA>(before, plan, params, chunk, weight, gradients, grads, add);
            add = true;
        }
    }
}
