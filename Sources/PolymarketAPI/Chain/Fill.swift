import PMJSON
import PMRecord

extension Polygon {
    /// One filled order, as an exchange logged it.
    package struct Fill: Sendable, Equatable {
        /// The wallet whose order it is.
        package let maker: String
        package let side: Side
        /// The token or position id, in decimal.
        package let asset: String
        /// Shares.
        package let size: Micros
        /// Dollars paid for the shares, or received, without the fee.
        package let value: Micros
        /// Dollars.
        package let fee: Micros?
        /// True for the order that was matched against resting ones: its counterparty is the exchange itself.
        package let isTaker: Bool
        package let exchange: Exchange
        /// The place of the log in its block.
        package let logIndex: Int

        package init(
            maker: String, side: Side, asset: String, size: Micros, value: Micros = .zero,
            fee: Micros? = nil,
            isTaker: Bool, exchange: Exchange = .ctf, logIndex: Int = 0
        ) {
            self.maker = maker
            self.side = side
            self.asset = asset
            self.size = size
            self.value = value
            self.fee = fee
            self.isTaker = isTaker
            self.exchange = exchange
            self.logIndex = logIndex
        }

        package var role: Role { isTaker ? .taker : .maker }

        /// Dollars per share, rounded to millionths; `nil` when no share changed hands.
        package var price: Micros? {
            guard size.count > 0 else { return nil }
            let scaled = Int128(value.count) * 1_000_000 + Int128(size.count) / 2
            return Int64(exactly: scaled / Int128(size.count)).map { Micros(count: $0) }
        }
    }
}

extension Polygon.Fill {
    /// The first topic of `OrderFilled(bytes32 indexed orderHash, address indexed maker, address indexed
    /// taker, uint8 side, uint256 tokenId, uint256 makerAmountFilled, uint256 takerAmountFilled, uint256 fee,
    /// bytes32 builder, bytes32 metadata)`: the signature's Keccak-256. All three exchanges have this event.
    static let signature = "0xd543adfd945773f1a62f74f0ee55a5e3b9b1a28262980ba90b1a89f2ea84d8ee"

    /// - Returns: `nil` for a log of another event or contract, and for one that the chain took back.
    init?(_ log: JSON) {
        guard let address = log["address"]?.string?.lowercased(),
            let exchange = Polygon.Exchange(address: address),
            let topics = log["topics"]?.array?.compactMap({ $0.string?.lowercased() }), topics.count == 4,
            topics[0] == Self.signature, let maker = ABI.address(topics[2]),
            let taker = ABI.address(topics[3]),
            let words = ABI.words(log["data"]?.string), words.count >= 4, let side = ABI.number(words[0]),
            side < 2,
            let given = ABI.number(words[2]), let received = ABI.number(words[3]),
            log["removed"]?.bool != true
        else { return nil }
        // A buyer gives dollars and receives shares.
        let (dollars, shares) = side == 0 ? (given, received) : (received, given)
        self.init(
            maker: maker, side: side == 0 ? .buy : .sell, asset: ABI.decimal(words[1]),
            size: Micros(count: shares), value: Micros(count: dollars),
            fee: words.dropFirst(4).first.flatMap { ABI.number($0) }.map { Micros(count: $0) },
            isTaker: taker == address, exchange: exchange,
            logIndex: ABI.quantity(log["logIndex"]?.string) ?? 0)
    }
}
