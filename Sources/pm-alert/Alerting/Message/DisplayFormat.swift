import PMRecord

/// Numbers and names as messages show them.
enum DisplayFormat {
    /// Whole dollars, grouped: `$12,345`, `−$800`.
    static func dollars(_ amount: Decimal) -> String {
        guard let micros = amount.micros else { return "more than can be said" }
        let whole = (micros.magnitude + 500_000) / 1_000_000
        return (micros < 0 && whole > 0 ? "−$" : "$") + grouped(String(whole))
    }

    static func dollars(_ amount: Double) -> String {
        guard abs(amount) < 1e15 else { return "more than can be said" }
        let whole = Int64(abs(amount).rounded())
        return (amount < 0 && whole > 0 ? "−$" : "$") + grouped(String(whole))
    }

    /// A price in dollars a share, shown in cents with two decimal places at most: `63¢`, `49.75¢`, `0.35¢`.
    ///
    /// The exchange's smallest tick is a hundredth of a cent, so that no price of a trade is rounded.
    static func cents(_ price: Decimal) -> String {
        guard let micros = price.micros else { return "?¢" }
        return decimal((micros + 50) / 100, places: 2) + "¢"
    }

    /// A fraction of 1, shown in percent: `64%`.
    static func percent(_ fraction: Double) -> String {
        "\(Int((min(max(fraction, -1000), 1000) * 100).rounded()))%"
    }

    /// A number in percent, with at most two decimal places: `1.25%`.
    static func percentPoints(_ points: Double) -> String {
        decimal(Int128((min(max(points, -1e6), 1e6) * 100).rounded()), places: 2) + "%"
    }

    /// A long hex string, shortened: `0x94cf…5bca`.
    static func abbreviated(_ hex: String) -> String {
        hex.count > 14 ? "\(hex.prefix(6))…\(hex.suffix(4))" : hex
    }

    /// `GOD_WHALE` as `God whale`.
    static func tier(_ name: String) -> String {
        let words = name.replacing("_", with: " ").lowercased()
        return words.prefix(1).uppercased() + words.dropFirst()
    }

    private static func grouped(_ digits: String) -> String {
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { result.append(",") }
            result.append(digit)
        }
        return result
    }

    /// A number of units of 10^-places, without trailing zeros.
    private static func decimal(_ units: Int128, places: Int) -> String {
        var scale: Int128 = 1
        for _ in 0..<places { scale *= 10 }
        return Decimal(micros: units * (1_000_000 / scale)).description
    }
}
