//! All that the model computes at one position, by the names of lines 109–143, to look at it.

use crate::autograd::Value;

/// What one call of [`gpt`](crate::gpt) computed, by the names of lines 109–143.
///
/// `T` is [`Value`] where gradients are wanted, else `f64`. All vectors have n_embd entries unless noted.
#[derive(Debug, Clone, PartialEq)]
pub struct Activations<T> {
    /// The token's row of `wte` (line 109).
    pub tok_emb: Vec<T>,
    /// The position's row of `wpe` (line 110).
    pub pos_emb: Vec<T>,
    /// Their sum (line 111).
    pub embedding: Vec<T>,
    /// The sum after rmsnorm (line 112): what the first layer gets.
    pub embedding_norm: Vec<T>,
    /// What each layer computed.
    pub layers: Vec<LayerActivations<T>>,
    /// One score for each token, `[vocab_size]` (line 143).
    pub logits: Vec<T>,
}

impl Activations<Value<'_>> {
    /// The plain numbers.
    pub fn data(&self) -> Activations<f64> {
        let data = |x: &[Value]| x.iter().map(|x| x.data()).collect::<Vec<_>>();
        let head = |head: &HeadActivations<Value>| HeadActivations {
            attn_logits: data(&head.attn_logits),
            attn_weights: data(&head.attn_weights),
            head_out: data(&head.head_out),
        };
        let layer = |layer: &LayerActivations<Value>| LayerActivations {
            attn_norm: data(&layer.attn_norm),
            q: data(&layer.q),
            k: data(&layer.k),
            v: data(&layer.v),
            heads: layer.heads.iter().map(head).collect(),
            x_attn: data(&layer.x_attn),
            attn_out: data(&layer.attn_out),
            attn_residual: data(&layer.attn_residual),
            mlp_norm: data(&layer.mlp_norm),
            mlp_hidden: data(&layer.mlp_hidden),
            mlp_active: data(&layer.mlp_active),
            mlp_out: data(&layer.mlp_out),
            mlp_residual: data(&layer.mlp_residual),
        };
        Activations {
            tok_emb: data(&self.tok_emb),
            pos_emb: data(&self.pos_emb),
            embedding: data(&self.embedding),
            embedding_norm: data(&self.embedding_norm),
            layers: self.layers.iter().map(layer).collect(),
            logits: data(&self.logits),
        }
    }
}

/// What one layer computed for one position (lines 115–141).
#[derive(Debug, Clone, PartialEq)]
pub struct LayerActivations<T> {
    /// rmsnorm of the layer's input (line 117).
    pub attn_norm: Vec<T>,
    /// The query (line 118).
    pub q: Vec<T>,
    /// The key (line 119).
    pub k: Vec<T>,
    /// The value (line 120).
    pub v: Vec<T>,
    /// What each head computed.
    pub heads: Vec<HeadActivations<T>>,
    /// The heads' outputs joined (line 132).
    pub x_attn: Vec<T>,
    /// The joined outputs mixed by `attn_wo` (line 133).
    pub attn_out: Vec<T>,
    /// That added to the layer's input (line 134).
    pub attn_residual: Vec<T>,
    /// rmsnorm before the MLP (line 137).
    pub mlp_norm: Vec<T>,
    /// The hidden layer, `[4 · n_embd]` (line 138).
    pub mlp_hidden: Vec<T>,
    /// The hidden layer after the squared ReLU, `[4 · n_embd]` (line 139).
    pub mlp_active: Vec<T>,
    /// What the MLP adds (line 140).
    pub mlp_out: Vec<T>,
    /// That added to the MLP's input (line 141): what the next layer gets.
    pub mlp_residual: Vec<T>,
}

/// What one attention head computed for one position (lines 124–131).
#[derive(Debug, Clone, PartialEq)]
pub struct HeadActivations<T> {
    /// The scores of all positions so far, `[pos_id + 1]` (line 129).
    pub attn_logits: Vec<T>,
    /// The scores as probabilities, `[pos_id + 1]` (line 130).
    pub attn_weights: Vec<T>,
    /// The values' weighted sum, `[head_dim]` (line 131).
    pub head_out: Vec<T>,
}
