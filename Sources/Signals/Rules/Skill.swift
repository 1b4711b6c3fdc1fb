/// A wallet's wins against the prices that it paid: at fair odds a bet at 0.95 is won 95 times of 100.
package struct Skill: Sendable, Equatable {
    /// Fewer decided bets say nothing.
    package static let fewestBets = 20

    package private(set) var wins = 0
    package private(set) var odds = PoissonBinomial()

    package init() {}

    /// Adds a decided bet. One without a price, or at a price of 0 or 1, says nothing.
    ///
    /// - Parameter price: The average price paid, in dollars per share.
    package mutating func add(isWin: Bool, price: Double?) {
        guard let price, price > 0, price < 1 else { return }
        odds.add(price)
        if isWin { wins += 1 }
    }

    package static func + (left: Skill, right: Skill) -> Skill {
        var sum = left
        sum.wins += right.wins
        sum.odds = left.odds + right.odds
        return sum
    }

    package var bets: Int { odds.count }

    /// The expected number of wins at fair odds: the sum of the prices.
    package var expectedWins: Double { odds.expected }

    /// The probability of at least so many wins at fair odds; `nil` with too few bets.
    package var pValue: Double? {
        bets >= Self.fewestBets ? odds.approximateUpperTail(wins: wins) : nil
    }

    package enum Verdict: String, Sendable {
        case betterThanOdds = "better_than_odds"
        case asOdds = "as_odds"
        case worseThanOdds = "worse_than_odds"
    }

    /// The verdict at 5 % on either side; `nil` with too few bets.
    package var verdict: Verdict? {
        guard let pValue else { return nil }
        if pValue < 0.05 { return .betterThanOdds }
        return odds.approximateLowerTail(wins: wins) < 0.05 ? .worseThanOdds : .asOdds
    }
}
