# Are you ready? Run this cell: it fits a forest, draws it, and says so.
import platform

import matplotlib.pyplot as plt
import sklearn

from sweeplib import forest_surface, load_split
from sweeplib.plots import plot_surface

plt.style.use("sweeplib.book")
X_train, X_test, y_train, y_test = load_split()
surface = forest_surface(X_train, X_test, y_train, y_test, 100)
plot_surface(surface)
plt.show()
print(f"Python {platform.python_version()}, scikit-learn {sklearn.__version__}")
print(f"{len(X_train)} rows to learn from, {len(X_test)} held out")
print(f"{surface.size} forests scored")
print("You are ready.")
