import Signals
import Testing

struct SkillTests {
    static func skill(_ bets: Int, at price: Double, wins: Int) -> Skill {
        var skill = Skill()
        for bet in 0..<bets { skill.add(isWin: bet < wins, price: price) }
        return skill
    }

    @Test(arguments: [
        // 70 % of wins at 0.95 are far below the odds; 60 % at 0.4 are above.
        (100, 0.95, 70, Skill.Verdict.worseThanOdds), (100, 0.4, 60, .betterThanOdds),
        (100, 0.5, 55, .asOdds),
        (20, 0.5, 10, .asOdds), (20, 0.5, 15, .betterThanOdds), (20, 0.5, 14, .asOdds),
    ])
    func winsAreComparedWithThePrices(_ bets: Int, _ price: Double, _ wins: Int, _ verdict: Skill.Verdict) {
        #expect(Self.skill(bets, at: price, wins: wins).verdict == verdict)
    }

    @Test func fewBetsSayNothing() {
        #expect(Self.skill(19, at: 0.5, wins: 19).verdict == nil)
        var skill = Self.skill(19, at: 0.5, wins: 19)
        skill.add(isWin: true, price: nil)
        skill.add(isWin: true, price: 1)
        #expect(skill.bets == 19)
    }

    @Test func listsOfBetsAddUp() {
        let sum = Self.skill(10, at: 0.5, wins: 6) + Self.skill(30, at: 0.2, wins: 4)
        #expect(sum.bets == 40)
        #expect(sum.wins == 10)
        #expect(abs(sum.expectedWins - 11) < 1e-9)
    }
}
