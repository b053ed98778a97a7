"""The weights of the running means are exchanged: the old mean counts `beta`, the new gradient `1 - beta`."""
def adam(params, m, v, step, lr_t):
    for i, p in enumerate(params):
        m[i] = (1 - beta1) * m[i] + beta1 * p.grad
        v[i] = (1 - beta2) * v[i] + beta2 * p.grad ** 2
        m_hat = m[i] / (1 - beta1 ** (step + 1))
        v_hat = v[i] / (1 - beta2 ** (step + 1))
        p.data -= lr_t * m_hat / (v_hat ** 0.5 + eps_adam)
        p.grad = 0
