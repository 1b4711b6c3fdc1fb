import PMJSON
import PMRecord

/// Which rule a trade meets, and what each subscriber has to say to it.
package struct Explanation {
    private let trade: AlertTrade
    private let type: AlertType?
    private let recipients: [Recipient]

    package init(_ trade: AlertTrade, for recipients: [Recipient]) {
        self.trade = trade
        type = AlertType(trade)
        self.recipients = recipients
    }

    /// One JSON object.
    package var line: [UInt8] {
        var writer = JSONWriter()
        writer.object { entry in
            entry.member(AlertKey.tradeID, trade.id)
            entry.member(AlertKey.rule, type?.rawValue)
            entry.member(Key.reason, reason)
            entry.member(AlertKey.message, type.map { sample($0).message })
            guard let type else { return }
            entry.key("subscribers")
            entry.array { list in
                for recipient in recipients {
                    for route in recipient.routes {
                        list.object { write(route, of: recipient, type, into: &$0) }
                    }
                }
            }
        }
        return writer.bytes
    }

    private var reason: String {
        switch type {
        case .whaleMovement: "its tier is \(trade.tier ?? "")"
        case .smartMoneyEntry: "it has no tier, and its wallet is smart money"
        case nil: "it has no tier, and its wallet is not known to be smart money"
        }
    }

    private func sample(_ type: AlertType) -> Alert {
        Alert(type, of: trade, to: nil, decidedAt: trade.time ?? Timestamp(milliseconds: 0))
    }

    private func write(
        _ route: Recipient.Route, of recipient: Recipient, _ type: AlertType, into entry: inout JSONWriter
    ) {
        let objection =
            route.types.contains(type)
            ? route.interest.objection(to: trade)?.rawValue : "the rule is not among those asked for"
        entry.member(AlertKey.subscriber, recipient.name)
        entry.member(AlertKey.channel, route.channel.kind.rawValue)
        entry.member("told", objection == nil)
        entry.member(Key.reason, objection)
    }
}
