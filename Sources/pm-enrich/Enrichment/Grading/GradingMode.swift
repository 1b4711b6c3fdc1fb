/// The trades whose outcomes a run follows.
package enum GradingMode: String, Sendable, CaseIterable {
    case none
    /// Trades of a tier or of smart money: those that cause alerts.
    case alerts
    case all
    /// Every trade of the input, once, and nothing else: `pm-enrich grade`.
    case only
}
