"""
The model of microgpt.py with the arrays of NumPy: all positions of a document
at once, and the way back written out, a formula for each line of the way there.
"""

import math
import numpy as np
from common import main

def linear(x, w):        # [T, nin] and [nout, nin] -> [T, nout]
    return x @ w.T

def softmax(logits):     # each row by itself
    exps = np.exp(logits - logits.max(-1, keepdims=True))
    return exps / exps.sum(-1, keepdims=True)

def rmsnorm(x):          # each row by itself; the scale is needed on the way back
    scale = (np.mean(x * x, -1, keepdims=True) + 1e-5) ** -0.5
    return x * scale, scale

def split(x, n_head):    # [T, n_embd] -> [n_head, T, head_dim]
    return x.reshape(len(x), n_head, -1).transpose(1, 0, 2)

def join(x):             # [n_head, T, head_dim] -> [T, n_embd]
    return x.transpose(1, 0, 2).reshape(x.shape[1], -1)

def gpt(tokens, state_dict, n_head):
    T = len(tokens)
    future = np.triu(np.ones((T, T), dtype=bool), 1)    # True where key t comes after query p
    x, scale = rmsnorm(state_dict['wte'][tokens] + state_dict['wpe'][:T])
    saved = [(x, scale)]                                # what the way back needs
    for li in range((len(state_dict) - 3) // 6):
        w = lambda name: state_dict[f'layer{li}.{name}']
        # 1) Attention
        x_residual = x
        x_in, scale_in = rmsnorm(x)
        q, k, v = [split(linear(x_in, w(name)), n_head) for name in ('attn_wq', 'attn_wk', 'attn_wv')]
        attn_logits = q @ k.transpose(0, 2, 1) / q.shape[-1] ** 0.5     # [n_head, T, T]
        attn_weights = softmax(np.where(future, -np.inf, attn_logits))
        x_attn = join(attn_weights @ v)
        x = linear(x_attn, w('attn_wo')) + x_residual
        # 2) MLP
        x_residual = x
        x_mid, scale_mid = rmsnorm(x)
        hidden = np.maximum(linear(x_mid, w('mlp_fc1')), 0)
        x = linear(hidden ** 2, w('mlp_fc2')) + x_residual
        saved.append((x_in, scale_in, q, k, v, attn_weights, x_attn, x_mid, scale_mid, hidden))
    return linear(x, state_dict['lm_head']), saved + [x]

# The way back. d_x is the gradient of the loss to x, and has the shape of x.
def linear_backward(d_out, x, w):
    return d_out @ w, d_out.T @ x

def softmax_backward(d_probs, probs):
    return probs * (d_probs - (d_probs * probs).sum(-1, keepdims=True))

def rmsnorm_backward(d_out, out, scale):
    return scale * (d_out - out * np.mean(d_out * out, -1, keepdims=True))

def gpt_backward(d_logits, saved, tokens, state_dict, n_head):
    T, grads = len(tokens), {name: np.zeros_like(w) for name, w in state_dict.items()}
    *saved, x = saved
    d_x, grads['lm_head'] = linear_backward(d_logits, x, state_dict['lm_head'])
    for li in reversed(range(len(saved) - 1)):
        x_in, scale_in, q, k, v, attn_weights, x_attn, x_mid, scale_mid, hidden = saved[1 + li]
        def back(d_out, x, name):
            name = f'layer{li}.{name}'
            d_x, grads[name] = linear_backward(d_out, x, state_dict[name])
            return d_x
        # 2) MLP
        d_hidden = back(d_x, hidden ** 2, 'mlp_fc2') * 2 * hidden    # 0 where ReLU gave 0
        d_x = d_x + rmsnorm_backward(back(d_hidden, x_mid, 'mlp_fc1'), x_mid, scale_mid)
        # 1) Attention
        d_heads = split(back(d_x, x_attn, 'attn_wo'), n_head)
        d_scores = softmax_backward(d_heads @ v.transpose(0, 2, 1), attn_weights) / q.shape[-1] ** 0.5
        d_in = back(join(d_scores @ k), x_in, 'attn_wq')
        d_in += back(join(d_scores.transpose(0, 2, 1) @ q), x_in, 'attn_wk')
        d_in += back(join(attn_weights.transpose(0, 2, 1) @ d_heads), x_in, 'attn_wv')
        d_x = d_x + rmsnorm_backward(d_in, x_in, scale_in)
    d_x = rmsnorm_backward(d_x, *saved[0])
    np.add.at(grads['wte'], tokens, d_x)    # += for each token, also where one comes twice
    grads['wpe'][:T] = d_x
    return grads

def loss_and_gradients(tokens, state_dict, n_head):
    tokens, targets = np.array(tokens[:-1]), np.array(tokens[1:])
    n, positions = len(tokens), np.arange(len(tokens))
    logits, saved = gpt(tokens, state_dict, n_head)
    probs = softmax(logits)
    loss = -np.log(probs[positions, targets]).mean()
    d_logits = probs / n                    # (p - target) / n, lesson 4.2
    d_logits[positions, targets] -= 1 / n
    return loss, gpt_backward(d_logits, saved, tokens, state_dict, n_head)

class Model:
    def __init__(self, state_dict, n_head, num_steps):
        self.state_dict = {name: np.array(rows) for name, rows in state_dict.items()}
        self.m = {name: np.zeros_like(w) for name, w in self.state_dict.items()}
        self.v = {name: np.zeros_like(w) for name, w in self.state_dict.items()}
        self.n_head, self.num_steps, self.steps_done = n_head, num_steps, 0

    def step(self, batch):
        results = [loss_and_gradients(tokens, self.state_dict, self.n_head) for tokens in batch]
        self.grads = {name: sum(grads[name] for _, grads in results) / len(batch) for name in self.state_dict}
        # Adam, a matrix at a time
        learning_rate, beta1, beta2, eps_adam = 1e-2, 0.9, 0.95, 1e-8
        step = self.steps_done
        lr_t = learning_rate * 0.5 * (1 + math.cos(math.pi * step / self.num_steps))
        for name, w in self.state_dict.items():
            grad, m, v = self.grads[name], self.m[name], self.v[name]
            m[:] = beta1 * m + (1 - beta1) * grad
            v[:] = beta2 * v + (1 - beta2) * grad ** 2
            m_hat = m / (1 - beta1 ** (step + 1))
            v_hat = v / (1 - beta2 ** (step + 1))
            w -= lr_t * m_hat / (v_hat ** 0.5 + eps_adam)
        self.steps_done += 1
        return float(sum(loss for loss, _ in results) / len(batch))

    def logits(self, tokens):
        return gpt(tokens, self.state_dict, self.n_head)[0][-1].tolist()

    def gradients(self):
        return {name: grad.tolist() for name, grad in self.grads.items()}

    def weights(self):
        return {name: w.tolist() for name, w in self.state_dict.items()}

if __name__ == '__main__':
    main(Model)
