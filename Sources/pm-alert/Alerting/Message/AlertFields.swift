import PMRecord

/// The labelled details of an alert, in the order in which every channel shows them.
struct AlertFields {
    let list: [(name: String, text: String)]

    init(_ alert: Alert) {
        let trade = alert.trade
        var list: [(name: String, text: String)] = []
        func add(_ name: String, _ text: String?) {
            if let text, !text.isEmpty { list.append((name, text)) }
        }
        add("Side", trade.side?.rawValue)
        add("Role", trade.isMaker ? Role.maker.rawValue : nil)
        add("Value", alert.value.map(DisplayFormat.dollars))
        add("Outcome", trade.outcome)
        add("Price", alert.price.map(DisplayFormat.cents))
        add("Trades", alert.burst.count > 1 ? String(alert.burst.count) : nil)
        add("Market type", trade.isCombo ? MarketType.combo.rawValue : nil)
        add("Impact", Self.impact(of: trade))
        add("Wallet", trade.wallet.map { trade.walletName ?? DisplayFormat.abbreviated($0) })
        add("Label", trade.label)
        add(trade.isProfitPartial ? "Profit of late" : "Profit", trade.profit.map(DisplayFormat.dollars))
        add("Win rate", trade.winRate.map(DisplayFormat.percent))
        add("Tags", trade.tags.joined(separator: ", "))
        self.list = list
    }

    private static func impact(of trade: AlertTrade) -> String? {
        guard let levels = trade.levels else { return nil }
        let count = levels == 1 ? "1 level" : "\(levels) levels"
        let slippage = trade.slippagePercent.map { ", \(DisplayFormat.percentPoints($0)) slippage" } ?? ""
        return count + slippage + (trade.tookWholeSide ? ", the whole side" : "")
    }
}
