import Foundation
import Glibc
import TestSupport
import Testing

/// Connections that end, and connections that freeze.
struct EndingTests {
    @Test func manyReconnectionsLoseNoTradeAndRepeatNone() throws {
        let endings = [#""do":"reset""#, #""do":"fin""#, #""do":"close","code":1012"#]
            .map { #"{"on":"rtds","probability":0.02,\#($0)}"# }.joined(separator: ",")
        let run = try FaultyRun(#"{"seed":\#(LongRun.seed),"rate":20,"faults":[\#(endings)]}"#)
        let rounds = LongRun.rounds(sample: 10)
        #expect(
            eventually(within: .seconds(600), every: .milliseconds(200)) {
                (run.figure("reconnections") ?? 0) >= rounds
            })
        try run.expectTruth(within: .seconds(300), "\(rounds) reconnections")
    }

    /// Runs with the default intervals of pm-ingest; other tests shorten them.
    @Test(.enabled(if: LongRun.isOn, "takes minutes"), arguments: [(50, 5), (0.5, 30)])
    func aFreezeWithAnsweredPingsIsNoticedInTime(rate: Double, seconds: Int) throws {
        let run = try FaultyRun(#"{"seed":1,"rate":\#(rate)}"#, intervals: [])
        #expect(eventually { run.child.trades.count >= 20 })
        try run.exchange.setFaults(#"[{"on":"rtds","do":"freeze","times":1}]"#)
        let frozen = ContinuousClock.now
        #expect(
            eventually(every: .milliseconds(20)) {
                run.child.output.contains(#""kind":"gap""#)
            })
        let took = frozen.duration(to: .now)
        print("a feed of \(rate) trades a second: noticed after \(took)")
        #expect(took < .seconds(seconds))
        try run.expectTruth(within: .seconds(240))
    }
}
