extension Duration {
    /// Whole milliseconds, rounded up so that a wait never ends before its time; 0 for what is negative, and at most
    /// a month, which fits every integer of C.
    var milliseconds: Int {
        let (seconds, attoseconds) = min(max(self, .zero), .seconds(30 * 86_400)).components
        return Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
