// Means, and the paired comparison of sweeplib: the same words from the same numbers.
const GameStatistics = {
  mean: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,

  standardDeviation(values) {
    const middle = GameStatistics.mean(values);
    const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
    return Math.sqrt(squares / (values.length - 1));
  },

  // compare_pairs(yours, theirs, margin=margin): differences are yours less theirs, `t` is the
  // quantile of Student's distribution. Where all differences are alike nothing is concluded.
  compare(yours, theirs, t, margin) {
    const gaps = yours.map((value, i) => value - theirs[i]);
    const mean = GameStatistics.mean(gaps), sd = GameStatistics.standardDeviation(gaps);
    const reach = sd ? (t * sd) / Math.sqrt(gaps.length) : Infinity;
    const low = mean - reach, high = mean + reach;
    const within = -margin <= low && high <= margin;
    const told = high < 0 ? "better" : low > 0 ? "worse" : "undecided";
    return {
      gaps, mean, sd, low, high,
      verdict: within ? "tie" : told,
      matters: within ? "no" : high < -margin || low > margin ? "yes" : "unclear",
    };
  },
};
