"""This turns numbers below 0 round, as `abs` does. Relu makes 0 of them."""
def __pow__(self, c): return Value(self.data**c, (self,), (c * self.data**(c - 1),))
def log(self): return Value(math.log(self.data), (self,), (1 / self.data,))
def exp(self): return Value(math.exp(self.data), (self,), (math.exp(self.data),))
def relu(self): return Value(abs(self.data), (self,), (1.0 if self.data > 0 else -1.0,))
