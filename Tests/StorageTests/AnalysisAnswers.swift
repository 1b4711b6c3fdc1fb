/// The answers to questions of `docs/ANALYSIS.md`, computed from the generated trades without SQL.
///
/// A row has its fields as text; a number may have any number of decimals.
struct AnalysisAnswers {
    let data: AnalysisData

    private typealias Trade = AnalysisData.Trade

    /// Returns the rows by question. The order of rows counts where the question has one.
    var all: [Int: [[String]]] {
        [
            1: grouped(data.matches) { String($0.time.description.prefix(10)) }.sorted { $0.key < $1.key }
                .map { [$0.key, count($0.value), dollars($0.value)] },
            2: grouped(data.matches) { Int($0.time.description.dropFirst(11).prefix(2))! }
                .sorted { (-sum($0.value), $0.key) < (-sum($1.value), $1.key) }
                .map { ["\($0.key)", count($0.value), dollars($0.value)] },
            3: grouped(data.valid.filter { $0.tier != nil }) { $0.tier! }.sorted {
                sum($0.value) > sum($1.value)
            }
            .map { [$0.key, count($0.value), dollars($0.value), mean($0.value.map(\.value), per: 100)] },
            4: data.matches.filter { $0.time > data.now.advanced(by: .seconds(-86_400)) }
                .sorted { ($1.value, $0.id) < ($0.value, $1.id) }.prefix(10)
                .map {
                    [
                        decimal($0.value), side($0), $0.outcome, decimal($0.price), $0.title,
                        "Wallet \($0.wallet)",
                    ]
                },
            5: grouped(data.matches) { AnalysisData.categories[$0.market % 3] }
                .sorted { sum($0.value) > sum($1.value) }
                .map {
                    [$0.key, count($0.value), dollars($0.value), percent(sum($0.value), sum(data.matches))]
                },
            8: grouped(data.matches) { [$0.title, $0.outcome, String($0.time.description.prefix(10))] }
                .sorted { $0.key.lexicographicallyPrecedes($1.key) }
                .map { key, trades in
                    let shares = trades.reduce(0) { $0 + $1.size }
                    return [key[2], key[0], key[1], "\(Double(sum(trades)) / Double(shares) / 100)"]
                },
            9: grouped(data.matches) { [$0.title, $0.outcome] }.sorted {
                $0.key.lexicographicallyPrecedes($1.key)
            }
            .map { $0.key + [decimal($0.value.max { $0.time < $1.time }!.price)] },
            14: grouped(data.valid) { $0.wallet }.map { wallet, trades in
                (wallet: "0xw\(wallet)", trades: trades)
            }.sorted { (-sum($0.trades), $0.wallet) < (-sum($1.trades), $1.wallet) }.prefix(10)
                .map {
                    [
                        $0.wallet, "Wallet \($0.wallet.dropFirst(3))", count($0.trades), dollars($0.trades),
                        decimal($0.trades.map(\.value).max()!),
                    ]
                },
            15: [9].map { wallet in
                let trades = data.valid.filter { $0.wallet == wallet }
                return ["0xw\(wallet)", count(trades), dollars(trades)]
            },
            16: grouped(data.valid.filter { $0.tags.contains("SMART_MONEY") && $0.isBuy }) {
                [$0.title, $0.outcome]
            }
            .sorted { (-sum($0.value), $0.key[0], $0.key[1]) < (-sum($1.value), $1.key[0], $1.key[1]) }
            .map {
                $0.key + [count($0.value), "\(Set($0.value.map(\.wallet)).count)", dollars($0.value)]
            },
            18: grouped(data.valid) { ["0xw\($0.wallet)", $0.title] }
                .filter { Set($0.value.map(\.outcome)).count > 1 }
                .sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { $0.key + ["2", count($0.value)] },
            20: [["0xw2", "6000", "50"], ["0xw1", "5000", "40"], ["0xw0", "4000", "30"]],
            21: tags.sorted { (-$0.value.count, $0.key) < (-$1.value.count, $1.key) }
                .map { [$0.key, count($0.value), dollars($0.value)] },
            24: grouped(data.matches) { $0.transaction }.filter { $0.value.count > 1 }
                .sorted { (-sum($0.value), $0.key) < (-sum($1.value), $1.key) }
                .map { [$0.key, count($0.value), dollars($0.value)] },
            25: grouped(data.alerted) { $0.subscriber }.sorted { $0.key < $1.key }
                .map { [$0.key, "WHALE_MOVEMENT", "\($0.value.count)", dollars($0.value.map(\.trade))] },
            27: grouped(data.valid) { $0.via }.sorted { $0.key < $1.key }.map {
                [
                    $0.key, count($0.value), mean($0.value.map(\.delay), per: 1000),
                    "\(Double($0.value.map(\.delay).max()!) / 1000)",
                ]
            },
            28: grouped(data.valid) { $0.enrichment ?? "none" }
                .sorted { (-$0.value.count, $0.key) < (-$1.value.count, $1.key) }
                .map { [$0.key, count($0.value), percent($0.value.count, data.valid.count)] },
            29: grouped(data.trades.filter { !$0.isMaker }) { $0.title }.sorted { $0.key < $1.key }
                .map { ["\"\($0.key)\"", count($0.value)] },
            30: [["0xw9"]],
        ]
    }

    private var tags: [String: [Trade]] {
        data.valid.reduce(into: [:]) { tags, trade in
            for tag in trade.tags { tags[tag, default: []].append(trade) }
        }
    }

    private func grouped<Element, Key: Hashable>(
        _ elements: [Element], by key: (Element) -> Key
    ) -> [(key: Key, value: [Element])] {
        Dictionary(grouping: elements, by: key).map { ($0.key, $0.value) }
    }

    private func sum(_ trades: [Trade]) -> Int { trades.reduce(0) { $0 + $1.value } }
    private func count(_ trades: [Trade]) -> String { "\(trades.count)" }
    private func dollars(_ trades: [Trade]) -> String { decimal(sum(trades)) }
    private func side(_ trade: Trade) -> String { trade.isBuy ? "BUY" : "SELL" }
    private func decimal(_ cents: Int) -> String { "\(Double(cents) / 100)" }
    private func percent(_ part: Int, _ whole: Int) -> String { "\(100 * Double(part) / Double(whole))" }

    private func mean(_ numbers: [Int], per unit: Double) -> String {
        "\(Double(numbers.reduce(0, +)) / Double(numbers.count) / unit)"
    }
}
