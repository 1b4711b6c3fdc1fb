import PMRecord

/// Numbers and names as an alert says them.
enum Wording {
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

    /// A price in dollars a share as cents: `63¢`, `63.4¢`, `0.35¢`.
    static func cents(_ price: Decimal) -> String {
        guard let micros = price.micros else { return "?¢" }
        let hundredths = (micros + 50) / 100
        let isNearBound = hundredths < 100 || hundredths > 9_900
        return decimal(isNearBound ? hundredths : (hundredths + 5) / 10 * 10, places: 2) + "¢"
    }

    /// A share of one: `64%`.
    static func percent(_ share: Double) -> String {
        "\(Int((min(max(share, -1000), 1000) * 100).rounded()))%"
    }

    /// A number that is percent already, with two digits behind the point at most.
    static func percentPoints(_ points: Double) -> String {
        decimal(Int128((min(max(points, -1e6), 1e6) * 100).rounded()), places: 2) + "%"
    }

    /// A long hex string by its ends: `0x94cf…5bca`.
    static func ends(_ hex: String) -> String {
        hex.count > 14 ? "\(hex.prefix(6))…\(hex.suffix(4))" : hex
    }

    /// `GOD_WHALE` as `God whale`.
    static func tier(_ name: String) -> String {
        let words = name.replacing("_", with: " ").lowercased()
        return words.prefix(1).uppercased() + words.dropFirst()
    }

    private static func grouped(_ digits: String) -> String {
        var result = ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place).isMultiple(of: 3) { result.append(",") }
            result.append(digit)
        }
        return result
    }

    /// So many units of 10^-places, without zeros at the end of the fraction.
    private static func decimal(_ units: Int128, places: Int) -> String {
        var scale: Int128 = 1
        for _ in 0..<places { scale *= 10 }
        return Decimal(micros: units * (1_000_000 / scale)).description
    }
}
