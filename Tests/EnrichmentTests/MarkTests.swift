import Enrichment
import PMJSON
import PolymarketAPI
import Testing

struct MarkTests {
    @Test func aMarkFollowsTheFinalRevisionsOfTheTradesBeforeIt() {
        var simulation = SimulatedEnricher()
        _ = simulation.receive(Sample.trade(1))
        #expect(simulation.receive(Sample.mark(1)).isEmpty)
        _ = simulation.receive(Sample.trade(2, wallet: "0xbb"))
        #expect(simulation.receive(#"{"kind":"gap","id":"g"}"#).map(\.kind) == ["gap"])
        let lines = simulation.run { $0.target.contains("0xbb") ? nil : Sample.reply(to: $0) }
        #expect(lines.map(\.kind) == ["trade", "mark"])
        #expect(simulation.receive(Sample.mark(2)).isEmpty)
        #expect(simulation.run().map(\.kind) == ["trade", "mark"])
    }

    @Test func aMarkWaitsForTheDeadlineAtMost() {
        var simulation = SimulatedEnricher()
        _ = simulation.receive(Sample.trade(1))
        _ = simulation.receive(Sample.mark(1))
        #expect(simulation.advance(by: .seconds(30)).map(\.kind) == ["trade", "mark"])
    }

    @Test func recordsOfUnknownKindPass() {
        var simulation = SimulatedEnricher()
        #expect(simulation.receive(#"{"kind":"novel","a":1}"#).map(\.kind) == ["novel"])
        #expect(simulation.receive(#"{"a":1}"#).count == 1)
    }

    @Test(arguments: ["", "[]", "{", #"{"kind":"trade","a":01}"#, "7"])
    func aLineThatIsNoObjectIsRejected(line: String) {
        var enricher = SimulatedEnricher().enricher
        guard case .rejected = enricher.receive(Array(line.utf8).span, at: SimulatedEnricher().now) else {
            Issue.record("\(line) was taken")
            return
        }
        #expect(enricher.takeOutput().isEmpty)
    }
}
