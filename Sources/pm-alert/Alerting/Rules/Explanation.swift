import PMJSON
import PMRecord

/// The reasons behind the decision on a trade, as `pm-alert explain` prints them.
package struct Explanation {
    private let decision: TradeDecision
    private let faults: [ChannelAddress: ChannelFault]

    /// - Parameter faults: The channels on which no alert can leave.
    package init(_ decision: TradeDecision, faults: [ChannelAddress: ChannelFault] = [:]) {
        self.decision = decision
        self.faults = faults
    }

    /// One JSON object, without a newline.
    package var line: [UInt8] {
        var writer = JSONWriter()
        writer.object { entry in
            entry.member(Key.tradeID, decision.trade.id)
            entry.member(Key.rule, decision.types.first?.rawValue)
            entry.member(Key.reason, reason)
            guard let type = decision.types.first else { return }
            let alert = Alert(
                type, of: decision.trade, to: nil,
                decidedAt: decision.trade.time ?? Timestamp(milliseconds: 0))
            entry.member(Key.message, alert.message)
            entry.key("subscribers")
            entry.array { list in
                for route in decision.routes {
                    list.object { item in
                        item.member(Key.subscriber, route.subscriber)
                        item.member(Key.channel, route.channel.kind.rawValue)
                        item.member("told", route.effect.isAlert)
                        item.member(Key.reason, route.effect.reason)
                        item.member("channel_fault", faults[route.channel]?.reason)
                    }
                }
            }
        }
        return writer.bytes
    }

    private var reason: String {
        if decision.isCountedWithTaker {
            return "the role is maker: the match is counted with its taker's trade"
        }
        return switch decision.types.first {
        case .whaleMovement: "the trade has tier \(decision.trade.tier ?? "")"
        case .smartMoneyEntry: "the trade has no tier, and its wallet is tagged SMART_MONEY"
        case .informedTrade: "the signals of the trade have score \(decision.trade.signals.score ?? 0)"
        case .accumulation: "the trade completes an accumulation"
        case nil: "the trade has no tier, and its wallet is not tagged SMART_MONEY"
        }
    }
}

extension TradeDecision.Effect {
    fileprivate var isAlert: Bool { self == .newAlert || self == .followUp }

    fileprivate var reason: String? {
        switch self {
        case .newAlert: nil
        case .followUp: "the trade extends an earlier alert"
        case .alreadyCovered: "an earlier alert already covers the trade"
        case .coolingDown: "cooldown: a recent alert was about the same wallet and market"
        case .filteredOut(let mismatch): mismatch.rawValue
        }
    }
}
