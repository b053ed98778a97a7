"""The local gradient of the logarithm is 1/x, not the logarithm itself. (The exponential is the one that is its own.)"""
def __pow__(self, c): return Value(self.data**c, (self,), (c * self.data**(c - 1),))
def log(self): return Value(math.log(self.data), (self,), (math.log(self.data),))
def exp(self): return Value(math.exp(self.data), (self,), (math.exp(self.data),))
def relu(self): return Value(max(0, self.data), (self,), (float(self.data > 0),))
