import PMRecord

/// The addresses of the pages about a trade.
extension AlertTrade {
    /// The address of the event's page; `nil` unless the slug consists of `a-z`, `0-9` and `-`.
    var eventLink: String? {
        guard let eventSlug, eventSlug.utf8.count <= 200, !eventSlug.isEmpty,
            eventSlug.utf8.allSatisfy({ isLowerAlphanumeric($0) || $0 == UInt8(ascii: "-") })
        else { return nil }
        return "https://polymarket.com/event/\(eventSlug)"
    }

    var walletLink: String? {
        wallet.flatMap { isHex($0, digits: 40) ? "https://polymarket.com/profile/\($0)" : nil }
    }

    var transactionLink: String? {
        transaction.flatMap { isHex($0, digits: 64) ? "https://polygonscan.com/tx/\($0)" : nil }
    }
}

private func isHex(_ text: String, digits: Int) -> Bool {
    let bytes = Array(text.utf8)
    return bytes.count == digits + 2 && text.hasPrefix("0x")
        && bytes.dropFirst(2).allSatisfy { 48...57 ~= $0 || 97...102 ~= $0 }
}

private func isLowerAlphanumeric(_ byte: UInt8) -> Bool {
    48...57 ~= byte || 97...122 ~= byte
}
