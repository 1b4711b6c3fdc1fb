import PMRecord

/// The roles in a match whose trades cause alerts.
package enum RoleChoice: String, Sendable, CaseIterable {
    case all
    /// All trades but a maker's, and so each match once. A trade of an unknown role counts as a taker's.
    case taker
    case maker

    func admits(isMaker: Bool) -> Bool {
        switch self {
        case .all: true
        case .taker: !isMaker
        case .maker: isMaker
        }
    }
}
