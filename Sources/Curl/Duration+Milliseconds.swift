extension Duration {
    /// Whole milliseconds, rounded up so that a wait never ends early; from 0 to 30 days, which fits every C
    /// integer.
    var milliseconds: Int {
        let (seconds, attoseconds) = min(max(self, .zero), .seconds(30 * 86_400)).components
        return Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
