"""The local gradient of relu is 0 where the number is not above 0: there the result does not change."""
def __pow__(self, c): return Value(self.data**c, (self,), (c * self.data**(c - 1),))
def log(self): return Value(math.log(self.data), (self,), (1 / self.data,))
def exp(self): return Value(math.exp(self.data), (self,), (math.exp(self.data),))
def relu(self): return Value(max(0, self.data), (self,), (1.0,))
