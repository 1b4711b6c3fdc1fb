extension Polygon {
    /// A contract that settles matches. Source: docs/POLYMARKET.md, "Chain".
    package enum Exchange: Sendable, CaseIterable {
        /// CTF markets.
        case ctf
        /// CTF markets of an event in which one outcome wins.
        case negativeRisk
        /// Protocol V2 markets and combos.
        case v3

        /// The address in lower case.
        package var address: String {
            switch self {
            case .ctf: "0xe111180000d2663c0091e4f400237545b87b996b"
            case .negativeRisk: "0xe2222d279d744050d28e00520010520000310f59"
            case .v3: "0xe3333700ca9d93003f00f0f71f8515005f6c00aa"
            }
        }

        init?(address: String) {
            guard let exchange = Self.allCases.first(where: { $0.address == address }) else { return nil }
            self = exchange
        }
    }
}
