import PMJSON
import PMRecord

/// Which rule a trade meets, and what became of it for each subscriber, for whoever wonders.
package struct Explanation {
    private let decision: Decision

    package init(_ decision: Decision) {
        self.decision = decision
    }

    /// One JSON object.
    package var line: [UInt8] {
        var writer = JSONWriter()
        writer.object { entry in
            entry.member(Key.tradeID, decision.trade.id)
            entry.member(Key.rule, decision.type?.rawValue)
            entry.member(Key.reason, reason)
            guard let type = decision.type else { return }
            let alert = Alert(
                type, of: decision.trade, to: nil,
                decidedAt: decision.trade.time ?? Timestamp(milliseconds: 0))
            entry.member(AlertKey.message, alert.message)
            entry.key("subscribers")
            entry.array { list in
                for verdict in decision.verdicts {
                    list.object { item in
                        item.member(Key.subscriber, verdict.subscriber)
                        item.member(AlertKey.channel, verdict.channel.kind.rawValue)
                        item.member("told", verdict.finding == .told || verdict.finding == .grows)
                        item.member(Key.reason, verdict.finding.reason)
                    }
                }
            }
        }
        return writer.bytes
    }

    private var reason: String {
        switch decision.type {
        case .whaleMovement: "its tier is \(decision.trade.tier ?? "")"
        case .smartMoneyEntry: "it has no tier, and its wallet is smart money"
        case nil: "it has no tier, and its wallet is not known to be smart money"
        }
    }
}

extension Decision.Finding {
    fileprivate var reason: String? {
        switch self {
        case .told: nil
        case .grows: "it adds to an alert that was told before"
        case .known: "an alert that was told before says it already"
        case .cooling: "the same wallet was told of in the same market not long ago"
        case .unwanted(let objection): objection.rawValue
        }
    }
}
