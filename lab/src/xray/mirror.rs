//! microgpt.py, statement by statement, on the crate's tape. Each says which line it is, and what that line made.

use std::ops::Range;

use microgpt::parameters::{Rows, StateDict};
use microgpt::{Adam, Program, Random, Value, model, names, training};

use super::moments::Moment;
use super::record::{Held, Part, Recorder};

/// Line 187.
pub const TEMPERATURE: f64 = 0.5;

/// Lines 12 to 152. The parameters are those of the moment that is looked at.
pub fn setup(r: &mut Recorder, program: &Program, state_dict: &StateDict) {
    r.at(19);
    r.set("docs", Held::Texts(names()));
    r.at(20);
    r.set("docs", Held::Texts(program.docs.clone()));
    r.at(21);
    r.set("len(docs)", program.docs.len());
    let tokenizer = &program.tokenizer;
    r.at(24);
    r.set("uchars", Held::Texts(tokenizer.uchars().iter().map(char::to_string).collect()));
    r.at(25);
    r.set("BOS", tokenizer.bos());
    r.at(26);
    r.set("vocab_size", tokenizer.vocab_size());

    let config = state_dict.config();
    for (line, name, size) in [
        (75, "n_embd", config.n_embd),
        (76, "n_head", config.n_head),
        (77, "n_layer", config.n_layer),
        (78, "block_size", config.block_size),
        (79, "head_dim", config.head_dim()),
    ] {
        r.at(line);
        r.set(name, size);
    }
    r.at(81);
    r.set("state_dict['wte']", &state_dict.wte);
    r.set("state_dict['wpe']", &state_dict.wpe);
    r.set("state_dict['lm_head']", &state_dict.lm_head);
    for (i, layer) in state_dict.layers.iter().enumerate() {
        r.at(82);
        r.set("i", i);
        for (line, name, matrix) in [
            (83, "state_dict['layer0.attn_wq']", &layer.attn_wq),
            (84, "state_dict['layer0.attn_wk']", &layer.attn_wk),
            (85, "state_dict['layer0.attn_wv']", &layer.attn_wv),
            (86, "state_dict['layer0.attn_wo']", &layer.attn_wo),
            (87, "state_dict['layer0.mlp_fc1']", &layer.mlp_fc1),
            (88, "state_dict['layer0.mlp_fc2']", &layer.mlp_fc2),
        ] {
            r.at(line);
            r.set(name, matrix);
        }
    }
    // The tape has nothing but the parameters yet.
    let params = r.tape.len();
    r.at(89);
    r.set("params", Held::List((0..params as u32).collect()));
    r.at(90);
    r.set("len(params)", params);

    let Adam { beta1, beta2, eps, .. } = Adam::new(0);
    r.at(147);
    r.set("learning_rate", 1e-2);
    r.set("beta1", beta1);
    r.set("beta2", beta2);
    r.set("eps_adam", eps);
    r.at(152);
    r.set("num_steps", Program::NUM_STEPS);
}

fn linear<'t>(r: &mut Recorder<'t>, x: &[Value<'t>], w: &Rows<'t>) -> Vec<Value<'t>> {
    r.call("linear", |r| {
        r.at(95);
        let result = model::linear(x, w);
        r.set("return", &result);
        result
    })
}

fn softmax<'t>(r: &mut Recorder<'t>, logits: &[Value<'t>]) -> Vec<Value<'t>> {
    r.call("softmax", |r| {
        r.at(98);
        let max_logit = logits.iter().map(|logit| logit.data()).fold(f64::NEG_INFINITY, f64::max);
        r.set("max_logit", max_logit);
        r.at(99);
        let exps: Vec<_> = logits.iter().map(|&logit| (logit - max_logit).exp()).collect();
        r.set("exps", &exps);
        r.at(100);
        let total = r.tape.sum(exps.iter().copied());
        r.set("total", total);
        r.at(101);
        let result: Vec<_> = exps.into_iter().map(|e| e / total).collect();
        r.set("return", &result);
        result
    })
}

fn rmsnorm<'t>(r: &mut Recorder<'t>, x: &[Value<'t>]) -> Vec<Value<'t>> {
    r.call("rmsnorm", |r| {
        r.at(104);
        let mean_square = r.tape.dot(x, x) / x.len() as f64;
        r.set("mean_square", mean_square);
        r.at(105);
        let scale = (mean_square + 1e-5).powf(-0.5);
        r.set("scale", scale);
        r.at(106);
        let result: Vec<_> = x.iter().map(|&x_i| x_i * scale).collect();
        r.set("return", &result);
        result
    })
}

/// Lines 108 to 144.
fn gpt<'t>(
    r: &mut Recorder<'t>,
    token_id: usize,
    pos_id: usize,
    keys: &mut [Rows<'t>],
    values: &mut [Rows<'t>],
    state_dict: &StateDict<'t>,
) -> Vec<Value<'t>> {
    let tape = r.tape;
    let add = |a: &[Value<'t>], b: &[Value<'t>]| -> Vec<Value<'t>> {
        a.iter().zip(b).map(|(&a, &b)| a + b).collect()
    };
    r.at(109);
    let tok_emb = &state_dict.wte[token_id];
    r.set("tok_emb", tok_emb);
    r.at(110);
    let pos_emb = &state_dict.wpe[pos_id];
    r.set("pos_emb", pos_emb);
    r.at(111);
    let mut x = add(tok_emb, pos_emb);
    r.set("x", &x);
    r.at(112);
    x = rmsnorm(r, &x);
    r.set("x", &x);

    for (li, layer) in state_dict.layers.iter().enumerate() {
        r.at(114);
        r.set("li", li);
        r.at(116);
        let x_residual = x.clone();
        r.set("x_residual", &x_residual);
        r.at(117);
        x = rmsnorm(r, &x);
        r.set("x", &x);
        r.at(118);
        let q = linear(r, &x, &layer.attn_wq);
        r.set("q", &q);
        r.at(119);
        let k = linear(r, &x, &layer.attn_wk);
        r.set("k", &k);
        r.at(120);
        let v = linear(r, &x, &layer.attn_wv);
        r.set("v", &v);
        r.at(121);
        keys[li].push(k);
        r.set("keys[li]", &keys[li]);
        r.at(122);
        values[li].push(v);
        r.set("values[li]", &values[li]);
        r.at(123);
        let mut x_attn = Vec::new();
        r.set("x_attn", &x_attn);
        let (n_head, head_dim) = (state_dict.config().n_head, state_dict.config().head_dim());
        for h in 0..n_head {
            r.head = Some(h);
            r.at(124);
            r.set("h", h);
            r.at(125);
            let hs = h * head_dim;
            r.set("hs", hs);
            let slice = |x: &Vec<Value<'t>>| x[hs..hs + head_dim].to_vec();
            r.at(126);
            let q_h = slice(&q);
            r.set("q_h", &q_h);
            r.at(127);
            let k_h: Rows = keys[li].iter().map(slice).collect();
            r.set("k_h", &k_h);
            r.at(128);
            let v_h: Rows = values[li].iter().map(slice).collect();
            r.set("v_h", &v_h);
            r.at(129);
            // head_dim**0.5: of 4 the root is exact, and so is the power.
            let root = (head_dim as f64).sqrt();
            let attn_logits: Vec<_> = k_h.iter().map(|k_t| tape.dot(&q_h, k_t) / root).collect();
            r.set("attn_logits", &attn_logits);
            r.at(130);
            let attn_weights = softmax(r, &attn_logits);
            r.set("attn_weights", &attn_weights);
            r.at(131);
            let column = |j: usize| v_h.iter().map(|v_t| v_t[j]).collect::<Vec<_>>();
            let head_out: Vec<_> = (0..head_dim).map(|j| tape.dot(&attn_weights, &column(j))).collect();
            r.set("head_out", &head_out);
            r.at(132);
            x_attn.extend_from_slice(&head_out);
            r.set("x_attn", &x_attn);
        }
        r.head = None;
        r.at(133);
        x = linear(r, &x_attn, &layer.attn_wo);
        r.set("x", &x);
        r.at(134);
        x = add(&x, &x_residual);
        r.set("x", &x);
        r.at(136);
        let x_residual = x.clone();
        r.set("x_residual", &x_residual);
        r.at(137);
        x = rmsnorm(r, &x);
        r.set("x", &x);
        r.at(138);
        x = linear(r, &x, &layer.mlp_fc1);
        r.set("x", &x);
        r.at(139);
        x = x.iter().map(|x_i| x_i.relu().powf(2.0)).collect();
        r.set("x", &x);
        r.at(140);
        x = linear(r, &x, &layer.mlp_fc2);
        r.set("x", &x);
        r.at(141);
        x = add(&x, &x_residual);
        r.set("x", &x);
    }

    r.at(143);
    let logits = linear(r, &x, &state_dict.lm_head);
    r.set("logits", &logits);
    r.at(144);
    r.set("return", &logits);
    logits
}

/// Lines 153 to 169, with a document of the reader's instead of the step's own; the loss.
pub fn forward<'t>(
    r: &mut Recorder<'t>,
    step: usize,
    doc: &str,
    tokens: &[usize],
    state_dict: &StateDict<'t>,
) -> Value<'t> {
    let config = state_dict.config();
    r.part = Part::Training;
    r.at(153);
    r.set("step", step);
    r.at(156);
    r.set("doc", Held::Texts(vec![doc.to_owned()]));
    r.at(157);
    r.set("tokens", Held::Wholes(tokens.to_vec()));
    r.at(158);
    let n = config.block_size.min(tokens.len() - 1);
    r.set("n", n);
    r.at(161);
    let (mut keys, mut values) = (vec![Vec::new(); config.n_layer], vec![Vec::new(); config.n_layer]);
    r.at(162);
    let mut losses = Vec::new();
    for pos_id in 0..n {
        r.position = Some(pos_id);
        r.at(163);
        r.set("pos_id", pos_id);
        r.at(164);
        let (token_id, target_id) = (tokens[pos_id], tokens[pos_id + 1]);
        r.set("token_id", token_id);
        r.set("target_id", target_id);
        r.at(165);
        let logits = r.call("gpt", |r| gpt(r, token_id, pos_id, &mut keys, &mut values, state_dict));
        r.set("logits", &logits);
        r.at(166);
        let probs = softmax(r, &logits);
        r.set("probs", &probs);
        r.at(167);
        let loss_t = -probs[target_id].log();
        r.set("loss_t", loss_t);
        r.at(168);
        losses.push(loss_t);
        r.set("losses", &losses);
    }
    r.position = None;
    r.at(169);
    let loss = 1.0 / n as f64 * r.tape.sum(losses);
    r.set("loss", loss);
    loss
}

/// The chain rule's way through the graph of a loss, and how far the gradients have come on it.
#[derive(Debug)]
pub struct Backward<'t> {
    loss: Value<'t>,
    /// The numbers of the graph in the order of line 70: the loss first.
    pub nodes: Vec<u32>,
    grads: Vec<f64>,
    done: usize,
}

impl<'t> Backward<'t> {
    /// Before line 70.
    pub fn new(loss: Value<'t>) -> Self {
        let mut nodes = loss.order();
        nodes.reverse();
        let mut grads = vec![0.0; loss.tape().len()];
        grads[loss.index()] = 1.0;
        Backward { loss, nodes, grads, done: 0 }
    }

    fn node(&self, node: usize) -> Value<'t> {
        self.loss.tape().get(self.nodes[node] as usize).expect("the graph is on the tape")
    }
}

/// Line 172 and `backward`, lines 60 to 72; of the numbers of the graph with one alone.
pub fn backward(r: &mut Recorder, backward: &mut Backward, node: usize) {
    r.at(172);
    r.call("backward", |r| {
        r.at(60);
        r.at(61);
        r.at(68);
        r.call("visit", |r| {
            let v = backward.node(node);
            r.at(64);
            r.set("v", v);
            for (child, _) in v.children() {
                r.at(65);
                r.set("child", child);
                r.at(66);
            }
            r.at(67);
            r.set("len(order)", backward.nodes.len() - node);
        });
        r.set("order", Held::List(backward.nodes.iter().rev().copied().collect()));
        r.at(69);
        r.set("self.grad", 1.0);
        chain_rule(r, backward, node);
    });
}

/// Lines 70 to 72 for one number of the graph, after all those before it.
pub fn chain_rule(r: &mut Recorder, backward: &mut Backward, node: usize) {
    while backward.done < node {
        let v = backward.node(backward.done);
        for (child, local_grad) in v.children() {
            backward.grads[child.index()] += local_grad * backward.grads[v.index()];
        }
        backward.done += 1;
    }
    let v = backward.node(node);
    r.at(70);
    r.set("v", v);
    r.set("v.grad", backward.grads[v.index()]);
    for (child, local_grad) in v.children() {
        r.at(71);
        r.set("child", child);
        r.set("local_grad", local_grad);
        r.at(72);
        backward.grads[child.index()] += local_grad * backward.grads[v.index()];
        r.set("child.grad", backward.grads[child.index()]);
    }
    backward.done = node + 1;
}

/// Lines 176 to 182 for one parameter, whose gradient is on the tape.
pub fn adam(r: &mut Recorder, moment: &Moment, i: usize) {
    let p = r.tape.get(i).expect("the parameters are first on the tape");
    let learning_rate = training::cosine_decay(1e-2, moment.step, Program::NUM_STEPS);
    let mut adam = Adam { m: vec![moment.adam.m[i]], v: vec![moment.adam.v[i]], ..Adam::new(0) };
    let mut data = [p.data()];
    adam.update(&mut data, &[p.grad()], moment.step, learning_rate);
    let [correction1, correction2] = adam.corrections(moment.step);
    r.at(176);
    r.set("i", i);
    r.set("p", p);
    r.at(177);
    r.set("m[i]", adam.m[0]);
    r.at(178);
    r.set("v[i]", adam.v[0]);
    r.at(179);
    r.set("m_hat", adam.m[0] / correction1);
    r.at(180);
    r.set("v_hat", adam.v[0] / correction2);
    r.at(181);
    r.set("p.data", data[0]);
    r.at(182);
    r.set("p.grad", 0.0);
}

/// Lines 187 to 200 for some of the samples; `random` stands where the first of them begins.
pub fn inference<'t>(
    r: &mut Recorder<'t>,
    samples: Range<usize>,
    random: &mut Random,
    state_dict: &StateDict<'t>,
) {
    let config = state_dict.config();
    let bos = state_dict.wte.len() - 1;
    r.part = Part::Inference;
    if samples.is_empty() {
        return;
    }
    r.at(187);
    r.set("temperature", TEMPERATURE);
    for sample_idx in samples {
        r.at(189);
        r.set("sample_idx", sample_idx);
        r.at(190);
        let (mut keys, mut values) = (vec![Vec::new(); config.n_layer], vec![Vec::new(); config.n_layer]);
        r.at(191);
        let mut token_id = bos;
        r.set("token_id", token_id);
        r.at(192);
        let mut sample: Vec<String> = Vec::new();
        for pos_id in 0..config.block_size {
            r.position = Some(pos_id);
            r.at(193);
            r.set("pos_id", pos_id);
            r.at(194);
            let logits = r.call("gpt", |r| gpt(r, token_id, pos_id, &mut keys, &mut values, state_dict));
            r.set("logits", &logits);
            r.at(195);
            let scaled: Vec<_> = logits.iter().map(|&logit| logit / TEMPERATURE).collect();
            let probs = softmax(r, &scaled);
            r.set("probs", &probs);
            r.at(196);
            r.set("random.random()", random.clone().random());
            token_id = random.choices(&probs.iter().map(|p| p.data()).collect::<Vec<_>>());
            r.set("token_id", token_id);
            r.at(197);
            if token_id == bos {
                r.at(198);
                break;
            }
            r.at(199);
            sample.push(crate::run::VOCABULARY.token_name(token_id));
            r.set("sample", Held::Texts(sample.clone()));
        }
        r.position = None;
        r.at(200);
        r.set("''.join(sample)", Held::Texts(vec![sample.concat()]));
    }
}
