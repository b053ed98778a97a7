"""
The model of microgpt.py with the tensors of PyTorch: the way there alone, for
PyTorch's autograd finds the way back, as Value.backward does in microgpt.py.
"""

import torch
import torch.nn.functional as F
from common import main

def linear(x, w):
    return x @ w.T

def rmsnorm(x):
    return x * ((x * x).mean(-1, keepdim=True) + 1e-5) ** -0.5

def split(x, n_head):
    return x.reshape(len(x), n_head, -1).transpose(0, 1)

def gpt(tokens, state_dict, n_head):
    T = len(tokens)
    future = torch.ones(T, T, dtype=torch.bool).triu(1)
    x = rmsnorm(state_dict['wte'][tokens] + state_dict['wpe'][:T])
    for li in range((len(state_dict) - 3) // 6):
        w = lambda name: state_dict[f'layer{li}.{name}']
        # 1) Attention
        x_residual = x
        x = rmsnorm(x)
        q, k, v = [split(linear(x, w(name)), n_head) for name in ('attn_wq', 'attn_wk', 'attn_wv')]
        attn_logits = q @ k.transpose(1, 2) / q.shape[-1] ** 0.5
        attn_weights = attn_logits.masked_fill(future, -torch.inf).softmax(-1)
        x_attn = (attn_weights @ v).transpose(0, 1).reshape(T, -1)
        x = linear(x_attn, w('attn_wo')) + x_residual
        # 2) MLP
        x_residual = x
        x = rmsnorm(x)
        x = linear(x, w('mlp_fc1')).relu() ** 2
        x = linear(x, w('mlp_fc2')) + x_residual
    return linear(x, state_dict['lm_head'])

class Model:
    def __init__(self, state_dict, n_head, num_steps):
        self.state_dict = {name: torch.tensor(rows, dtype=torch.float64, requires_grad=True)
                           for name, rows in state_dict.items()}
        self.optimizer = torch.optim.Adam(self.state_dict.values(), lr=1e-2, betas=(0.9, 0.95), eps=1e-8)
        self.scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, num_steps)
        self.n_head = n_head

    def step(self, batch):
        losses = []
        for tokens in batch:
            tokens = torch.tensor(tokens)
            logits = gpt(tokens[:-1], self.state_dict, self.n_head)
            losses.append(F.cross_entropy(logits, tokens[1:]))
        loss = sum(losses) / len(batch)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.scheduler.step()
        return loss.item()

    @torch.no_grad()
    def logits(self, tokens):
        return gpt(torch.tensor(tokens), self.state_dict, self.n_head)[-1].tolist()

    def gradients(self):
        return {name: w.grad.tolist() for name, w in self.state_dict.items()}

    def weights(self):
        return {name: w.tolist() for name, w in self.state_dict.items()}

if __name__ == '__main__':
    main(Model)
