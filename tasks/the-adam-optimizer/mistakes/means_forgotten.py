"""The means are computed, but not kept: write them into `m[i]` and `v[i]`."""
def adam(params, m, v, step, lr_t):
    for i, p in enumerate(params):
        m_i = beta1 * m[i] + (1 - beta1) * p.grad
        v_i = beta2 * v[i] + (1 - beta2) * p.grad ** 2
        m_hat = m_i / (1 - beta1 ** (step + 1))
        v_hat = v_i / (1 - beta2 ** (step + 1))
        p.data -= lr_t * m_hat / (v_hat ** 0.5 + eps_adam)
        p.grad = 0
